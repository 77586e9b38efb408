package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.http.IncidentResource.EffectSight;
import io.eventuali.http.IncidentResource.EffectView;
import io.eventuali.http.IncidentResource.IncidentPage;
import io.eventuali.identity.Replacement.Effect;
import io.eventuali.security.Access;
import io.eventuali.security.Grant;
import io.eventuali.security.Principal;
import io.eventuali.security.Role;
import io.eventuali.store.engine.Incident;
import io.eventuali.stream.NamePattern;
import io.eventuali.stream.Permission;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class IncidentSightTest {
    private static final List<Effect> EFFECTS = List.of(
            new Effect("event", "1d8b7a1e-0000-4000-8000-000000000001", 7, "OrderPlaced of Order/alice"),
            new Effect("saga", "order/17", 7, "lost SagaStarted: what it tells of is done"),
            new Effect("projection", "sales", 3, "rebuilt in memory"));
    private static final Grant ORDERS =
            new Grant(List.of(NamePattern.of("Order*")), List.of(NamePattern.of("*")), List.of());

    @Test
    void which_events_were_lost_is_told_to_those_who_may_read_everything() {
        assertThat(seen(Grant.ALL, Role.OPERATOR, Role.SUBSCRIBER))
                .extracting(EffectView::detail)
                .containsExactlyElementsOf(EFFECTS.stream().map(Effect::detail).toList());
        assertThat(seen(Grant.ALL, Role.ADMIN)).extracting(EffectView::name).contains("order/17");
    }

    @Test
    void an_operator_sees_that_some_were_and_nothing_of_what_is_in_them() {
        assertThat(seen(Grant.ALL, Role.OPERATOR))
                .containsExactly(
                        new EffectView("event", "", 7, ""),
                        new EffectView("saga", "order/17", 7, "lost SagaStarted: what it tells of is done"),
                        new EffectView("projection", "sales", 3, "rebuilt in memory"));
    }

    @Test
    void who_is_restricted_in_events_sees_neither_events_nor_sagas() {
        assertThat(seen(ORDERS, Role.OPERATOR, Role.SUBSCRIBER))
                .containsExactly(
                        new EffectView("event", "", 7, ""),
                        new EffectView("saga", "", 7, ""),
                        new EffectView("projection", "sales", 3, "rebuilt in memory"));
    }

    private static List<EffectView> seen(Grant grant, Role... roles) {
        Access access = new Access(
                Principal.ANONYMOUS, Set.of(roles), grant, Optional.empty(), Optional.empty(), Permission.UNLIMITED);
        Incident incident =
                new Incident(1, Instant.EPOCH, "moved", "a", "b", 6, 1, EFFECTS, 3, Optional.empty(), Optional.empty());
        return IncidentPage.of(List.of(incident), 10, EffectSight.of(access))
                .incidents()
                .get(0)
                .effects();
    }
}
