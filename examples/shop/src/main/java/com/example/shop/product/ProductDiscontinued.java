package com.example.shop.product;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** A product is not for sale any more. */
@RegisterForReflection
public record ProductDiscontinued() {}
