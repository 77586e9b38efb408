package io.eventuali.projection;

import io.eventuali.store.EventStore;
import io.eventuali.store.engine.EngineLog;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.tracing.EventTracing;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * What all projections of a replica share.
 *
 * @param store where single events are read
 * @param log says which damage may be passed over
 * @param engine where an index is asked which events a projection handles
 * @param pages where the log is read
 * @param head the newest position that this replica knows of
 * @param json how payloads and documents are read and written
 * @param tracing how transactions are joined to the requests that appended their events
 * @param workers whose threads run handlers
 */
record ProjectionSurroundings(
        EventStore store,
        EngineLog log,
        EngineStore engine,
        LogPages pages,
        LongSupplier head,
        JsonCodec json,
        EventTracing tracing,
        Executor workers) {}
