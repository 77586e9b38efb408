package io.eventuali.supply;

import java.time.LocalDate;

/**
 * A weakness that we live with for a while.
 *
 * @param id of the advisory
 * @param library it is about
 * @param reason why it does no harm here, or why nothing can be done yet
 * @param until the last day on which that is good enough
 */
record AdvisoryException(String id, String library, String reason, LocalDate until) {
    boolean isAbout(Advisory advisory) {
        return id.equals(advisory.id()) && library.equals(advisory.library());
    }
}
