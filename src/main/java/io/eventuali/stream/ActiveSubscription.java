package io.eventuali.stream;

import java.time.Instant;

/**
 * A subscription of this replica as it stands now.
 *
 * @param id its name
 * @param filter what it sees
 * @param group number of the group of subscriptions with the same filter, which share the work
 * @param groupMembers subscriptions of that group
 * @param state {@code catching-up}, {@code live}, or {@code lagging}: was live and fell behind what is held in memory
 * @param position up to where it has looked
 * @param lag events of the log that it has not looked at yet
 * @param delivered events handed to its consumer
 * @param bytes handed to its connection
 * @param since when it was opened
 * @param principal whose it is; empty for one in this process
 * @param peer host and port of its client; empty for one in this process
 */
public record ActiveSubscription(
        String id,
        EventFilter filter,
        int group,
        int groupMembers,
        String state,
        long position,
        long lag,
        long delivered,
        long bytes,
        Instant since,
        String principal,
        String peer) {

    static ActiveSubscription of(EventStreamReceiver receiver, long head) {
        SubscriptionCursor cursor = receiver.cursor();
        boolean open = cursor != null;
        long position = open ? cursor.position() : 0;
        return new ActiveSubscription(
                receiver.subscription().id(),
                receiver.subscription().filter(),
                open ? cursor.group().number() : 0,
                open ? cursor.group().members() : 0,
                (open ? cursor.phase() : SubscriptionCursor.Phase.CATCHING_UP).text(),
                position,
                Math.max(0, head - position),
                open ? cursor.delivered() : 0,
                receiver.outlet().bytes(),
                receiver.since(),
                receiver.outlet().client().principal(),
                receiver.outlet().client().peer());
    }
}
