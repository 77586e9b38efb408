package io.eventuali.support;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The seed of a random test: a new one every run, told to whoever reads a failure. {@code -Dtest.seed=…} repeats one.
 *
 * @param value the seed
 */
public record Seed(long value) {

    /** The seed given by {@code -Dtest.seed}, else a new one. */
    public static Seed next() {
        return new Seed(Long.getLong("test.seed", System.nanoTime()));
    }

    /** Numbers that depend on the seed alone. */
    public RandomGenerator random() {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(value);
    }

    @Override
    public String toString() {
        return "seed " + value + " (-Dtest.seed=" + value + " repeats it)";
    }
}
