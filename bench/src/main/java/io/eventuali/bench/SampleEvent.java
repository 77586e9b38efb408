package io.eventuali.bench;

/** The event of all benchmarks: 200 bytes of data. */
final class SampleEvent {
    static final String TYPE = "ItemAdded";

    private static final String FILLER = "x".repeat(119);

    private SampleEvent() {}

    /** As append.lua makes it. */
    static String data(int stream, int event) {
        return "{\"customer\":\"customer-4711\",\"item\":\"" + FILLER + "%08d%08d".formatted(stream, event)
                + "\",\"quantity\":1,\"price\":19.90}";
    }
}
