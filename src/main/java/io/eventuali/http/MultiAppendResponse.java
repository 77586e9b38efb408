package io.eventuali.http;

import java.util.List;

/** What an append to several streams was given. */
record MultiAppendResponse(long firstGlobalPosition, long lastGlobalPosition, List<AppendResponse> appends) {}
