package com.example.shop;

/** What the rules of the shop do not allow; {@link Failures} tells it to the client. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Refusal(String rule) {
        super(rule);
    }

    /** @throws Refusal if the condition does not hold */
    public static void unless(boolean condition, String rule) {
        if (!condition) {
            throw new Refusal(rule);
        }
    }
}
