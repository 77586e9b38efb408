package io.eventuali.projection;

import io.eventuali.store.engine.EngineStore;
import io.eventuali.store.engine.Selected;
import io.eventuali.store.engine.Selection;
import io.smallrye.mutiny.Uni;
import java.util.List;

/** The log as one projection reads it: where an index knows which events it handles, those; else the pages that all of them share. */
final class HandledPages {
    private final LogPages pages;
    private final EngineStore store;
    private final boolean selective;
    private final Selection selection;
    private volatile long scanTo;

    HandledPages(Projection<?> projection, LogPages pages, EngineStore store) {
        this.pages = pages;
        this.store = store;
        this.selective = projection.isSelective();
        this.selection = new Selection(List.of(), List.of(), type -> true, projection::handles);
    }

    /**
     * What comes right after a position.
     *
     * @param position below {@code head}
     * @param head a position that the log has reached
     */
    Uni<ReadEvents> after(long position, long head) {
        if (!selective || position < scanTo || head - position <= LogPages.EVENTS) {
            return whole(position, head);
        }
        return store.select(selection, position, head, LogPages.EVENTS)
                // The log itself can still be read, and tells why if it can not.
                .onFailure()
                .recoverWithItem(() -> new Selected.Scan(position + LogPages.EVENTS))
                .chain(selected -> {
                    if (selected instanceof Selected.Events found) {
                        return Uni.createFrom().item(new ReadEvents(found.events(), found.examined()));
                    }
                    scanTo = ((Selected.Scan) selected).upTo();
                    return whole(position, head);
                });
    }

    private Uni<ReadEvents> whole(long position, long head) {
        return pages.after(position, head).map(ReadEvents::whole);
    }
}
