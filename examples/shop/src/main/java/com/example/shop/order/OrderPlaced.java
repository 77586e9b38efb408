package com.example.shop.order;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/** A customer wants this. The total is in cents. */
@RegisterForReflection
public record OrderPlaced(String customer, List<OrderLine> lines, long total) {}
