package io.eventuali.bench;

import java.time.Duration;
import java.util.Set;

/**
 * How long and how often to measure.
 *
 * @param seconds of one turn; 0: as the benchmark sees fit
 * @param rounds whose median counts; 0: as the benchmark sees fit
 * @param events of the log that is replayed
 * @param subscribers at once; 0: as the benchmark sees fit
 */
record Options(int seconds, int rounds, int events, int subscribers) {
    static Options parse(String[] arguments, int from) {
        int seconds = 0;
        int rounds = 0;
        int events = 1_000_000;
        int subscribers = 0;
        for (int i = from; i < arguments.length; i++) {
            String[] option = arguments[i].split("=", 2);
            if (option.length != 2
                    || !Set.of("--seconds", "--rounds", "--events", "--subscribers")
                            .contains(option[0])) {
                throw new IllegalArgumentException("unknown option " + arguments[i] + ", see bench/run --help");
            }
            int value = Integer.parseInt(option[1]);
            switch (option[0]) {
                case "--seconds" -> seconds = value;
                case "--rounds" -> rounds = value;
                case "--subscribers" -> subscribers = value;
                default -> events = value;
            }
        }
        return new Options(seconds, rounds, events, subscribers);
    }

    Duration turn(int otherwise) {
        return Duration.ofSeconds(seconds > 0 ? seconds : otherwise);
    }

    int subscribers(int otherwise) {
        return subscribers > 0 ? subscribers : otherwise;
    }

    int rounds(int otherwise) {
        return rounds > 0 ? rounds : otherwise;
    }
}
