package io.eventuali.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** wrk with append.lua: one thread that keeps a number of connections busy with appends. */
final class Wrk {
    private static final Path SCRIPT = Path.of(System.getProperty("bench.home"), "append.lua");
    private static final Pattern RESULT =
            Pattern.compile("RESULT requests=(\\d+) micros=(\\d+) connect=(\\d+) read=(\\d+)"
                    + " write=(\\d+) status=(\\d+) timeout=(\\d+) p50=(\\d+) p99=(\\d+)");

    private final EventualiService service;
    private final int streams;
    private final int events;

    /**
     * @param streams over which the appends are spread
     * @param events of one request
     */
    Wrk(EventualiService service, int streams, int events) {
        this.service = service;
        this.streams = streams;
        this.events = events;
    }

    /** Appends for a time. Fails unless every request was answered with 2xx. */
    Result run(int connections, Duration time) {
        String printed = Programs.output(
                time.plusSeconds(30),
                List.of(
                        "wrk",
                        "--threads=1",
                        "--connections=" + connections,
                        "--duration=" + time.toSeconds() + "s",
                        "--timeout=10s",
                        "--script=" + SCRIPT,
                        service.url(),
                        "--",
                        Integer.toString(streams),
                        Integer.toString(events)));
        Matcher result = RESULT.matcher(printed);
        if (!result.find()) {
            throw new IllegalStateException("wrk printed no result:\n" + printed);
        }
        for (int error = 3; error <= 7; error++) {
            if (!result.group(error).equals("0")) {
                throw new IllegalStateException("wrk counted errors: " + result.group());
            }
        }
        long requests = Long.parseLong(result.group(1));
        return new Result(
                requests,
                requests * 1e6 / Long.parseLong(result.group(2)),
                Long.parseLong(result.group(8)) / 1e3,
                Long.parseLong(result.group(9)) / 1e3);
    }

    /**
     * What wrk saw.
     *
     * @param requests answered
     * @param perSecond requests
     * @param p50Millis of the answers; how long a request takes when all connections are busy
     * @param p99Millis of the answers
     */
    record Result(long requests, double perSecond, double p50Millis, double p99Millis) {}
}
