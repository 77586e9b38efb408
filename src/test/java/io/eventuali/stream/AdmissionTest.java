package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Configs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AdmissionTest {
    private final Admission admission = new Admission(Configs.of(
                    StreamConfig.class,
                    Map.of(
                            "eventuali.subscription.max", "6",
                            "eventuali.subscription.max-per-address", "3",
                            "eventuali.subscription.max-per-connection", "2"))
            .subscription());
    private final List<Outlet> admitted = new ArrayList<>();

    @Test
    void each_limit_holds_by_itself_and_room_comes_back() {
        Object shared = new Object();
        assertThat(admit("a", shared)).isTrue();
        assertThat(admit("a", shared)).isTrue();
        assertThat(admit("a", shared)).as("a third of one connection").isFalse();
        assertThat(admit("a", new Object())).isTrue();
        assertThat(admit("a", new Object())).as("a fourth of one address").isFalse();
        assertThat(admit("b", new Object())).isTrue();
        assertThat(admit("", new Object())).isTrue();
        assertThat(admit("", new Object())).isTrue();
        assertThat(admit("c", new Object())).as("a seventh").isFalse();

        admission.release(admitted.remove(0));
        assertThat(admit("a", shared)).isTrue();

        admitted.forEach(admission::release);
        assertThat(admission.all()).isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(admit("a", new Object())).isTrue();
        }
    }

    private boolean admit(String address, Object connection) {
        Outlet outlet = new ManualOutlet(address, connection);
        if (!admission.admit(outlet)) {
            return false;
        }
        admitted.add(outlet);
        return true;
    }
}
