package io.eventuali.bench.projection;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Ten projections that go over the log together. */
class TenCounts {

    @Produces
    @Singleton
    Counts first() {
        return new Counts(1);
    }

    @Produces
    @Singleton
    Counts second() {
        return new Counts(2);
    }

    @Produces
    @Singleton
    Counts third() {
        return new Counts(3);
    }

    @Produces
    @Singleton
    Counts fourth() {
        return new Counts(4);
    }

    @Produces
    @Singleton
    Counts fifth() {
        return new Counts(5);
    }

    @Produces
    @Singleton
    Counts sixth() {
        return new Counts(6);
    }

    @Produces
    @Singleton
    Counts seventh() {
        return new Counts(7);
    }

    @Produces
    @Singleton
    Counts eighth() {
        return new Counts(8);
    }

    @Produces
    @Singleton
    Counts ninth() {
        return new Counts(9);
    }

    @Produces
    @Singleton
    Counts tenth() {
        return new Counts(10);
    }
}
