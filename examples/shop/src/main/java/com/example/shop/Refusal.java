package com.example.shop;

import io.quarkiverse.resteasy.problem.HttpProblem;

/** What the rules of the shop do not allow, as a problem document with status 422. */
public final class Refusal {
    private static final int UNPROCESSABLE = 422;

    private Refusal() {}

    /** @throws HttpProblem if the condition does not hold */
    public static void unless(boolean condition, String rule) {
        if (!condition) {
            throw HttpProblem.builder()
                    .withStatus(UNPROCESSABLE)
                    .withTitle("The shop does not do this")
                    .withDetail(rule)
                    .build();
        }
    }
}
