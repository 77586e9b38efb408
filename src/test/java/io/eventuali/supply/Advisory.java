package io.eventuali.supply;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import org.apache.maven.artifact.versioning.ComparableVersion;

/**
 * A known weakness of a library.
 *
 * @param id such as CVE-2026-33871
 * @param library group and artifact, with a colon between them
 * @param summary what it is, in a few words
 * @param affected versions that have it
 */
record Advisory(String id, String library, String summary, List<Range> affected) {
    Advisory {
        affected = List.copyOf(affected);
    }

    /** The range that a version is in; empty if it does not have the weakness. */
    Optional<Range> rangeOf(String version) {
        return affected.stream().filter(range -> range.holds(version)).findFirst();
    }

    /**
     * Versions from one on, up to another one.
     *
     * @param introduced the first; {@code 0} for all from the start
     * @param fixed the first that is good again; null if there is none
     */
    record Range(
            String introduced,
            @JsonInclude(JsonInclude.Include.NON_NULL) String fixed) {
        private boolean holds(String version) {
            ComparableVersion asked = new ComparableVersion(version);
            return asked.compareTo(new ComparableVersion(introduced)) >= 0
                    && (fixed == null || asked.compareTo(new ComparableVersion(fixed)) < 0);
        }

        /** What to do about a version in this range. */
        String remedy() {
            return fixed == null ? "there is no good version yet" : "use " + fixed + " or later";
        }
    }
}
