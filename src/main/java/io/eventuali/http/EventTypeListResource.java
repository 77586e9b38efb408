package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.security.Access;
import io.eventuali.security.Grant;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.engine.EventTypeDirectory;
import io.eventuali.store.engine.EventTypeDirectory.Kind;
import io.eventuali.store.engine.EventTypeDirectory.Occurrence;
import io.eventuali.store.engine.EventTypeDirectory.Place;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** Lists the types of events that the log has. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class EventTypeListResource {
    private static final Set<String> PARAMETERS = Set.of("prefix", "aggregateType", "after", "limit");
    private static final int DEFAULT_LIMIT = 100;
    /** As names are ordered in every list. */
    private static final Comparator<String> BY_CHARACTERS = (one, other) ->
            Arrays.compareUnsigned(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));

    private final EventTypeDirectory directory;
    private final StoreConfig config;

    EventTypeListResource(EventTypeDirectory directory, StoreConfig config) {
        this.directory = directory;
        this.config = config;
    }

    @GET
    @Path("/event-types")
    public Uni<EventTypeList> eventTypes(UriInfo uri, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, PARAMETERS);
        Optional<String> aggregateType = parameters.name("aggregateType");
        String prefix = parameters.name("prefix").orElse("");
        String after = parameters.name("after").orElse("");
        int limit = parameters.number("limit", DEFAULT_LIMIT, config.read().maxLimit());
        Grant grant = Access.of(context).grant();
        return directory.kinds().chain(kinds -> {
            TreeMap<String, List<Kind>> byName = new TreeMap<>(BY_CHARACTERS);
            kinds.stream()
                    .filter(kind -> grant.accepts(kind.aggregateType(), kind.eventType()))
                    .filter(kind ->
                            aggregateType.isEmpty() || aggregateType.get().equals(kind.aggregateType()))
                    .filter(kind -> kind.eventType().startsWith(prefix))
                    .forEach(kind -> byName.computeIfAbsent(kind.eventType(), added -> new ArrayList<>())
                            .add(kind));
            Map<String, List<Kind>> rest = byName.tailMap(after, false);
            List<Kind> listed =
                    rest.values().stream().limit(limit).flatMap(List::stream).toList();
            return directory
                    .occurrences(listed)
                    .map(occurrences -> EventTypeList.of(listed, occurrences, rest.size() > limit));
        });
    }

    /** A page of types of events; {@code next} goes into {@code after} for the next one. */
    public record EventTypeList(
            List<EventTypeView> eventTypes, @JsonInclude String next) {
        /** @param kinds those of one type one after the other */
        static EventTypeList of(List<Kind> kinds, List<Occurrence> occurrences, boolean more) {
            List<EventTypeView> views = new ArrayList<>();
            int begin = 0;
            for (int i = 1; i <= kinds.size(); i++) {
                if (i == kinds.size()
                        || !kinds.get(i).eventType().equals(kinds.get(begin).eventType())) {
                    views.add(EventTypeView.of(kinds.subList(begin, i), occurrences.subList(begin, i)));
                    begin = i;
                }
            }
            return new EventTypeList(views, more ? views.get(views.size() - 1).eventType() : null);
        }
    }

    /** A type of events, and the first and the last of them. */
    @JsonInclude
    public record EventTypeView(
            String eventType,
            List<String> aggregateTypes,
            Long firstPosition,
            Instant firstTimestamp,
            Long lastPosition,
            Instant lastTimestamp) {
        static EventTypeView of(List<Kind> kinds, List<Occurrence> occurrences) {
            Optional<Place> first = places(occurrences, Occurrence::first).min(Comparator.comparing(Place::position));
            Optional<Place> last = places(occurrences, Occurrence::last).max(Comparator.comparing(Place::position));
            return new EventTypeView(
                    kinds.get(0).eventType(),
                    kinds.stream()
                            .map(Kind::aggregateType)
                            .sorted(BY_CHARACTERS)
                            .toList(),
                    first.map(Place::position).orElse(null),
                    first.map(Place::timestamp).orElse(null),
                    last.map(Place::position).orElse(null),
                    last.map(Place::timestamp).orElse(null));
        }

        private static Stream<Place> places(List<Occurrence> occurrences, Function<Occurrence, Optional<Place>> edge) {
            return occurrences.stream().map(edge).flatMap(Optional::stream);
        }
    }
}
