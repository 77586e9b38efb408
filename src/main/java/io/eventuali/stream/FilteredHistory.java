package io.eventuali.stream;

import io.eventuali.store.engine.Selection;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/**
 * The pages of history that one subscriber reads: those with what an index names for its filter, or all pages, as the index says. It
 * remembers up to where the index said so, and nothing else.
 */
final class FilteredHistory {
    private final PageCache pages;
    private final SelectedPages selected;
    private final EventFilter filter;
    private final Optional<Selection> selection;
    private volatile long scanTo;

    FilteredHistory(PageCache pages, SelectedPages selected, EventFilter filter) {
        this.pages = pages;
        this.selected = selected;
        this.filter = filter;
        this.selection = filter.selection();
    }

    /**
     * A page that tells of the position after this one.
     *
     * @param log epoch of the log that the subscriber is in
     * @param upTo how far the log goes, above {@code position}
     */
    Uni<EntryPage> after(String log, long position, long upTo) {
        if (selection.isEmpty() || position < scanTo || upTo - position <= pages.pageEvents()) {
            return pages.after(log, position);
        }
        return selected.after(log, filter, selection.get(), position, upTo)
                // The log itself can still be read, and tells why if it can not.
                .onFailure()
                .recoverWithItem(() -> new SelectedPages.Answer(Optional.empty(), position + pages.pageEvents()))
                .chain(answer -> {
                    if (answer.page().isPresent()) {
                        return Uni.createFrom().item(answer.page().get());
                    }
                    scanTo = answer.scanTo();
                    return pages.after(log, position);
                });
    }
}
