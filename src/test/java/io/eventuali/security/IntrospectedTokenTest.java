package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.oidc.OidcProviderClient;
import io.quarkus.oidc.TokenIntrospection;
import io.quarkus.oidc.UserInfo;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class IntrospectedTokenTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

    private final Provider provider = new Provider();

    @Test
    void a_token_that_its_provider_has_revoked_does_not_keep_a_stream_open() {
        IntrospectedToken token = token(Duration.ZERO, Optional.empty());

        assertThat(token.holds(NOW)).isTrue();
        assertThat(token.holds(NOW)).isTrue();
        // The first question is not answered yet, so there is no second one.
        assertThat(provider.questions).hasSize(1);
        provider.answer("{\"active\":true}");
        assertThat(token.holds(NOW)).isTrue();
        assertThat(provider.questions).hasSize(2);
        provider.answer("{\"active\":false}");

        assertThat(token.holds(NOW)).isFalse();
        assertThat(provider.questions).hasSize(2);
    }

    @Test
    void a_provider_that_does_not_answer_is_asked_again_and_ends_nothing() {
        IntrospectedToken token = token(Duration.ZERO, Optional.of(NOW.plusSeconds(1)));

        assertThat(token.holds(NOW)).isTrue();
        provider.questions.get(0).fail(new IllegalStateException("away"));

        assertThat(token.holds(NOW)).isTrue();
        assertThat(provider.questions).hasSize(2);
        assertThat(token.holds(NOW.plusSeconds(1))).isFalse();
    }

    @Test
    void a_request_that_is_answered_at_once_costs_no_question() {
        assertThat(token(Duration.ofHours(1), Optional.empty()).holds(NOW)).isTrue();
        assertThat(provider.questions).isEmpty();
    }

    private IntrospectedToken token(Duration period, Optional<Instant> until) {
        return new IntrospectedToken(provider, "opaque", until, period);
    }

    /** One that keeps what it is asked until the test answers. */
    private static final class Provider implements OidcProviderClient {
        private final List<UniEmitter<? super TokenIntrospection>> questions = new ArrayList<>();

        void answer(String json) {
            questions.get(questions.size() - 1).complete(new TokenIntrospection(json));
        }

        @Override
        public Uni<TokenIntrospection> introspectAccessToken(String token) {
            return Uni.createFrom().emitter(questions::add);
        }

        @Override
        public Uni<UserInfo> getUserInfo(String token) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Uni<Boolean> revokeAccessToken(String token) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Uni<Boolean> revokeRefreshToken(String token) {
            throw new UnsupportedOperationException();
        }
    }
}
