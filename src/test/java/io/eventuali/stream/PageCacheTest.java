package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogMark;
import io.eventuali.identity.LogReplacedException;
import io.eventuali.stream.ManualOutlet.ManualExecutor;
import io.eventuali.support.LogEvents;
import io.eventuali.support.LogInMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PageCacheTest {
    private final List<StreamEvent> log = new ArrayList<>();
    private final ManualExecutor store = new ManualExecutor();
    private final LogIdentity identity = new LogIdentity();
    private final LiveRing ring = new LiveRing(16, 1 << 20);
    private final PageCache pages = new PageCache(new LogInMemory(log, store), identity, ring, 8, 1 << 20);

    @BeforeEach
    void open() {
        log.addAll(LogEvents.run(1, 8));
        ring.reset(8);
        found("before");
    }

    @Test
    void a_page_of_one_log_is_given_to_no_reader_of_another_one_though_nobody_has_cleared_anything() {
        assertThat(typeOfFirst(page("before"))).isEqualTo("OrderPlaced");

        found("after");
        log.replaceAll(event -> LogEvents.at(event.globalPosition(), "Order", event.aggregateId(), "Other"));

        assertThat(typeOfFirst(page("after"))).isEqualTo("Other");
        assertThat(pages.reads()).isEqualTo(2);
    }

    @Test
    void a_page_that_comes_when_the_log_is_another_one_is_given_to_nobody() {
        CompletableFuture<EntryPage> asked = pages.after("before", 0).subscribeAsCompletionStage();

        found("after");
        store.runOne();

        assertThat(asked).isCompletedExceptionally();
        assertThat(asked.handle((page, failure) -> failure).join()).isInstanceOf(LogReplacedException.class);
    }

    @Test
    void the_page_that_a_reader_comes_to_next_is_read_meanwhile_unless_the_ring_has_it() {
        log.addAll(LogEvents.run(9, 32));
        ring.reset(24);
        ring.publish(LogEvents.run(25, 32));

        pages.after("before", 0).subscribeAsCompletionStage();
        assertThat(pages.reads()).isEqualTo(2);
        store.runOne();
        store.runOne();
        CompletableFuture<EntryPage> next = pages.after("before", 8).subscribeAsCompletionStage();

        assertThat(next).isCompleted();
        assertThat(pages.reads()).isEqualTo(3);
        pages.after("before", 16).subscribeAsCompletionStage();
        assertThat(pages.reads()).isEqualTo(3);
    }

    private EntryPage page(String epoch) {
        CompletableFuture<EntryPage> page = pages.after(epoch, 0).subscribeAsCompletionStage();
        store.runOne();
        return page.join();
    }

    private static String typeOfFirst(EntryPage page) {
        return page.get(1).event().eventType();
    }

    private void found(String epoch) {
        identity.found(new LogMark(epoch, 8, 0), OptionalLong.empty(), 0);
    }
}
