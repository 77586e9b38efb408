package io.eventuali.saga;

import java.util.List;
import java.util.Map;

/**
 * A type of sagas that the application has code for.
 *
 * @param version that starts new ones
 * @param versions that sagas can be finished with
 * @param steps of the newest version
 * @param running unfinished sagas by status, as they were within the last half minute
 * @param stuck sagas that wait for an operator or for code
 */
public record SagaTypeStatus(
        String type,
        int version,
        List<Integer> versions,
        List<String> steps,
        Map<SagaStatus, Long> running,
        long stuck) {
    public SagaTypeStatus {
        versions = List.copyOf(versions);
        steps = List.copyOf(steps);
        running = Map.copyOf(running);
    }
}
