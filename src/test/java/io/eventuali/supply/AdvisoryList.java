package io.eventuali.supply;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Known weaknesses, and those of them that we live with.
 *
 * @param advisories all that are known of our libraries, of old versions as well
 * @param exceptions those that do not count, each with a reason and an end
 */
record AdvisoryList(List<Advisory> advisories, List<AdvisoryException> exceptions) {
    private static final ObjectMapper JSON =
            JsonMapper.builder().addModule(new JavaTimeModule()).build();
    private static final Path FOLDER = Path.of(".ci/advisories");
    static final Path ADVISORIES = FOLDER.resolve("advisories.json");
    static final Path EXCEPTIONS = FOLDER.resolve("exceptions.json");

    AdvisoryList {
        advisories = List.copyOf(advisories);
        exceptions = List.copyOf(exceptions);
    }

    /** The list as it is checked in. */
    static AdvisoryList read() throws IOException {
        return new AdvisoryList(
                JSON.readValue(ADVISORIES.toFile(), new TypeReference<List<Advisory>>() {}),
                JSON.readValue(EXCEPTIONS.toFile(), new TypeReference<List<AdvisoryException>>() {}));
    }

    /** The same list with what was learnt; what a source does not know stays. */
    AdvisoryList with(List<Advisory> learnt) {
        List<Advisory> all = new ArrayList<>(learnt);
        advisories.stream()
                .filter(old -> learnt.stream()
                        .noneMatch(found ->
                                found.id().equals(old.id()) && found.library().equals(old.library())))
                .forEach(all::add);
        all.sort(Comparator.comparing(Advisory::library).thenComparing(Advisory::id));
        return new AdvisoryList(all, exceptions);
    }

    /** Writes the advisories back, one a line, so that a change is a line of a diff. */
    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Advisory advisory : advisories) {
            lines.add(JSON.writeValueAsString(advisory));
        }
        Files.writeString(file, lines.stream().collect(Collectors.joining(",\n", "[\n", "\n]\n")));
    }

    /**
     * What has to be done: weaknesses of these libraries, and exceptions that have ended or are not needed any more.
     *
     * @param libraries version by group and artifact
     */
    List<String> complaints(Map<String, String> libraries, LocalDate today) {
        List<String> complaints = new ArrayList<>();
        List<AdvisoryException> unused = new ArrayList<>(exceptions);
        for (Advisory advisory : advisories) {
            String version = libraries.get(advisory.library());
            Optional<Advisory.Range> range = version == null ? Optional.empty() : advisory.rangeOf(version);
            if (range.isEmpty()) {
                continue;
            }
            Optional<AdvisoryException> exception = exceptions.stream()
                    .filter(accepted -> accepted.isAbout(advisory))
                    .findFirst();
            exception.ifPresent(unused::remove);
            if (exception.isEmpty()) {
                complaints.add("%s %s is open to %s (%s): %s, or say in %s why it does no harm, and until when"
                        .formatted(
                                advisory.library(),
                                version,
                                advisory.id(),
                                advisory.summary(),
                                range.get().remedy(),
                                EXCEPTIONS));
            } else if (exception.get().until().isBefore(today)) {
                complaints.add("%s %s is open to %s, and the exception for it ended on %s: %s"
                        .formatted(
                                advisory.library(),
                                version,
                                advisory.id(),
                                exception.get().until(),
                                range.get().remedy()));
            }
        }
        unused.forEach(exception -> complaints.add("the exception for %s of %s is not needed: take it out of %s"
                .formatted(exception.id(), exception.library(), EXCEPTIONS)));
        return complaints;
    }
}
