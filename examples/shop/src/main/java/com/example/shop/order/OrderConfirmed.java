package com.example.shop.order;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/** An order is paid for and its goods are on their way. The total is in cents. */
@RegisterForReflection
public record OrderConfirmed(List<OrderLine> lines, long total) {}
