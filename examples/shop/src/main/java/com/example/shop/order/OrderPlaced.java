package com.example.shop.order;

import java.util.List;
import io.quarkus.runtime.annotations.RegisterForReflection;

/** A customer wants this. The total is in cents. */
@RegisterForReflection
public record OrderPlaced(String customer, List<OrderLine> lines, long total) {}
