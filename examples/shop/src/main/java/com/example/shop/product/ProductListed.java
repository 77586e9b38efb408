package com.example.shop.product;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** A product is for sale. The price is in cents. */
@RegisterForReflection
public record ProductListed(String name, long price) {}
