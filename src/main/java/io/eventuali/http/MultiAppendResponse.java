package io.eventuali.http;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/** What an append to several streams was given. */
@RegisterForReflection
record MultiAppendResponse(long firstGlobalPosition, long lastGlobalPosition, List<AppendResponse> appends) {}
