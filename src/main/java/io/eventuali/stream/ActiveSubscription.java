package io.eventuali.stream;

import java.time.Instant;

/**
 * A subscription of this replica as it stands now.
 *
 * @param id its name
 * @param filter what it sees
 * @param state {@code catching-up} or {@code live}
 * @param position up to where it has looked
 * @param lag events of the log that it has not looked at yet
 * @param delivered events handed to its consumer
 * @param since when it was opened
 */
public record ActiveSubscription(
        String id, EventFilter filter, String state, long position, long lag, long delivered, Instant since) {}
