package io.eventuali.support;

/** How often a long test repeats its faults, races or records: a little in a usual build, {@code -Drounds=10} times as often in a long one. */
public final class Rounds {
    private static final int FACTOR = Integer.getInteger("rounds", 1);

    private Rounds() {}

    /**
     * A number of repetitions, printed so that a failure can be repeated with it.
     *
     * @param usual the number with {@code -Drounds=1}
     * @param what is repeated
     */
    public static int of(int usual, String what) {
        int number = Math.multiplyExact(usual, FACTOR);
        System.out.printf("%d %s (-Drounds=%d)%n", number, what, FACTOR);
        return number;
    }

    /** The same for a test with random choices, whose seed is printed, too. */
    public static int of(int usual, String what, Seed seed) {
        return of(usual, what + ", " + seed);
    }
}
