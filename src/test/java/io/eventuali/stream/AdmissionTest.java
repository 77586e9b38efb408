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
    private final List<Client> admitted = new ArrayList<>();

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
        return admit(new Client("", address, address, connection));
    }

    private boolean admit(Client client) {
        if (!admission.admit(client)) {
            return false;
        }
        admitted.add(client);
        return true;
    }

    @Test
    void one_principal_gets_half_of_all_places_and_leaves_the_others_to_others() {
        assertThat(admit(of("alice", "a"))).isTrue();
        assertThat(admit(of("alice", "b"))).isTrue();
        assertThat(admit(of("alice", "c"))).isTrue();
        assertThat(admit(of("alice", "d"))).as("a fourth of six").isFalse();
        assertThat(admit(of("bob", "a"))).isTrue();

        admission.release(admitted.remove(0));
        assertThat(admit(of("alice", "d"))).isTrue();

        admitted.forEach(admission::release);
        assertThat(admission.all()).isZero();
        assertThat(admit(of("bob", "a"))).isTrue();
    }

    @Test
    void those_who_need_no_name_are_not_one_principal() {
        for (int i = 0; i < 6; i++) {
            assertThat(admit(of(Client.ANONYMOUS, "address" + i))).isTrue();
        }
    }

    private static Client of(String principal, String address) {
        return new Client(principal, address, address, new Object());
    }
}
