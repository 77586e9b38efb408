package io.eventuali.guarantee;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.projection.app.Chain;
import io.eventuali.projection.app.OrderChains;
import io.eventuali.support.History;
import io.eventuali.support.Replica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The documents of {@link OrderChains} as a replica serves them, held against the log. */
final class OrderChainsRead {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STATES = "/v1/projections/" + OrderChains.NAME + "/state?limit=1000";

    private OrderChainsRead() {}

    /** All documents, once the projection has come to a position. */
    static Map<String, Chain> all(Replica replica, long after) {
        return read(replica.get(STATES + "&timeout=30s&after=" + after));
    }

    private static Map<String, Chain> read(String page) {
        Map<String, Chain> chains = new TreeMap<>();
        try {
            for (JsonNode state : JSON.readTree(page).get("states")) {
                chains.put(state.get("key").asText(), JSON.treeToValue(state.get("state"), Chain.class));
            }
        } catch (JsonProcessingException malformed) {
            throw new AssertionError(page, malformed);
        }
        return chains;
    }

    /** Documents that are not what a fold of the log up to their last event gives. */
    static List<String> wrong(Replica replica, List<History.Stored> log) {
        Map<String, Map<Long, Chain>> folds = new HashMap<>();
        Map<String, Chain> latest = new HashMap<>();
        for (History.Stored event : log) {
            Chain chain =
                    latest.getOrDefault(event.aggregateId(), Chain.empty(1)).plus(event.globalPosition());
            latest.put(event.aggregateId(), chain);
            folds.computeIfAbsent(event.aggregateId(), id -> new HashMap<>()).put(event.globalPosition(), chain);
        }
        List<String> wrong = new ArrayList<>();
        read(replica.get(STATES)).forEach((key, chain) -> {
            // What was appended since the log was read is not held against it.
            if (chain.last() <= log.size()
                    && !chain.equals(folds.getOrDefault(key, Map.of()).get(chain.last()))) {
                wrong.add(key + " " + chain);
            }
        });
        return wrong;
    }

    /** What a fold of the log gives, by code of version 1. */
    static Map<String, Chain> folded(List<History.Stored> log) {
        return folded(log, 1);
    }

    /** What a fold of the log gives, by code of a version. */
    static Map<String, Chain> folded(List<History.Stored> log, int version) {
        Map<String, Chain> chains = new TreeMap<>();
        for (History.Stored event : log) {
            chains.put(
                    event.aggregateId(),
                    chains.getOrDefault(event.aggregateId(), Chain.empty(version))
                            .plus(event.globalPosition()));
        }
        return chains;
    }
}
