package io.eventuali.http;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What an append to several streams was given. */
@Schema(description = "What an append to several streams was given")
record MultiAppendResponse(
        @Schema(minimum = "1") long firstGlobalPosition,
        @Schema(minimum = "1") long lastGlobalPosition,

        @Schema(description = "One entry a stream, in the request's order")
        List<AppendResponse> appends) {}
