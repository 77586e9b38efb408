package io.eventuali.saga;

/**
 * A part of the sagas of a type, run by the replica that holds its lease. The owner of the first part also reads the log for the
 * type. The number of parts is the same in all releases, since it decides where a saga belongs.
 */
record Partition(String type, int number) {
    static final int COUNT = 8;
    /** The one whose owner reads the log. */
    static final int INTAKE = 0;

    private static final String LEASE_PREFIX = "saga/";

    static Partition of(String type, String sagaId) {
        return new Partition(type, number(sagaId));
    }

    static int number(String sagaId) {
        return Math.floorMod(sagaId.hashCode(), COUNT);
    }

    static Partition ofLease(String name) {
        int slash = name.lastIndexOf('/');
        return new Partition(name.substring(LEASE_PREFIX.length(), slash), Integer.parseInt(name.substring(slash + 1)));
    }

    String leaseName() {
        return LEASE_PREFIX + type + "/" + number;
    }
}
