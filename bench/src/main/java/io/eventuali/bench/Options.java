package io.eventuali.bench;

import java.time.Duration;
import java.util.Set;

/**
 * How long and how often to measure.
 *
 * @param seconds of one turn; 0: as the benchmark sees fit
 * @param rounds whose median counts; 0: as the benchmark sees fit
 * @param events of the log that is replayed
 */
record Options(int seconds, int rounds, int events) {
    static Options parse(String[] arguments, int from) {
        int seconds = 0;
        int rounds = 0;
        int events = 1_000_000;
        for (int i = from; i < arguments.length; i++) {
            String[] option = arguments[i].split("=", 2);
            if (option.length != 2
                    || !Set.of("--seconds", "--rounds", "--events").contains(option[0])) {
                throw new IllegalArgumentException("unknown option " + arguments[i] + ", see bench/run --help");
            }
            int value = Integer.parseInt(option[1]);
            switch (option[0]) {
                case "--seconds" -> seconds = value;
                case "--rounds" -> rounds = value;
                default -> events = value;
            }
        }
        return new Options(seconds, rounds, events);
    }

    Duration turn(int otherwise) {
        return Duration.ofSeconds(seconds > 0 ? seconds : otherwise);
    }

    int rounds(int otherwise) {
        return rounds > 0 ? rounds : otherwise;
    }
}
