package io.eventuali.event;

/**
 * Names a stream: the events of one aggregate. Two types may share an id.
 *
 * @param aggregateType 1 to 200 printable characters (the upper limit is configurable)
 * @param aggregateId 1 to 200 printable characters (the upper limit is configurable)
 */
public record StreamId(String aggregateType, String aggregateId) {

    /** @throws InvalidEventException if a name is empty, too long or holds a character that is not printable */
    public StreamId {
        Names.check("aggregateType", aggregateType);
        Names.check("aggregateId", aggregateId);
    }

    @Override
    public String toString() {
        return aggregateType + "/" + aggregateId;
    }
}
