package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogMark;
import io.eventuali.store.CommittedBatch;
import io.eventuali.store.LogHead;
import io.eventuali.store.StoreConfig;
import io.eventuali.stream.ManualOutlet.ManualExecutor;
import io.eventuali.support.Configs;
import io.eventuali.support.LogEvents;
import io.eventuali.support.LogInMemory;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LogTailTest {
    private final List<StreamEvent> log = new ArrayList<>(LogEvents.run(1, 4));
    private final ManualExecutor store = new ManualExecutor();
    private final LogIdentity identity = new LogIdentity();
    private final LogTail tail = new LogTail(
            new LogInMemory(log, store),
            Configs.of(StoreConfig.class, Map.of()),
            Configs.of(StreamConfig.class, Map.of()),
            identity,
            new Tasks(new SimpleMeterRegistry()));

    @Test
    void another_log_is_open_to_nobody_before_everything_of_the_one_before_is_forgotten() {
        open("before");
        tail.committed(new CommittedBatch("before", LogEvents.run(5, 9)));
        List<String> seen = new ArrayList<>();
        tail.onEmptied(() -> seen.add(tail.opened().epoch() + " " + tail.ring().head() + " "
                + tail.ring().get(5)));

        identity.found(new LogMark("after", 4, 0), OptionalLong.empty(), 4);

        assertThat(seen).containsExactly("before 4 null");
        assertThat(tail.opened()).isEqualTo(new LogHead(4, "after"));
    }

    @Test
    void what_is_read_while_the_log_turns_out_to_be_another_one_is_read_again() {
        // Told first, as if the tail were about to be.
        LogIdentity early = new LogIdentity();
        early.found(new LogMark("before", 4, 0), OptionalLong.empty(), 0);
        List<Runnable> answered = new ArrayList<>();
        early.onForget(replacement -> answered.forEach(Runnable::run));
        LogTail late = new LogTail(
                new LogInMemory(log, store),
                Configs.of(StoreConfig.class, Map.of()),
                Configs.of(StreamConfig.class, Map.of()),
                early,
                new Tasks(new SimpleMeterRegistry()));
        late.opened(new LogHead(4, "before"));
        late.rung();
        log.addAll(LogEvents.run(5, 6));
        List<Long> heads = new ArrayList<>();
        answered.add(() -> {
            store.runOne();
            heads.add(late.ring().head());
        });

        early.found(new LogMark("after", 4, 0), OptionalLong.empty(), 4);
        store.runOne();

        assertThat(heads).containsExactly(4L);
        assertThat(late.ring().head()).isEqualTo(6);
    }

    private void open(String epoch) {
        identity.found(new LogMark(epoch, 4, 0), OptionalLong.empty(), 0);
        tail.opened(new LogHead(4, epoch));
    }
}
