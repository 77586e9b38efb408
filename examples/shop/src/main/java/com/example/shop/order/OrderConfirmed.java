package com.example.shop.order;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/** An order is paid for and its goods are put aside. The total is in cents. */
@RegisterForReflection
public record OrderConfirmed(List<OrderLine> lines, long total) {}
