package io.eventuali.http.sse;

import io.eventuali.stream.ReceiverSignal;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.operators.AbstractMulti;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.util.concurrent.Flow;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * The body of a subscription's response. Its first frame goes the way of every response, which sends status and headers; the
 * others are written to the connection as they are, since finding a writer for each and copying it twice costs more than all
 * else. The next signal is asked for when the connection has taken the one before: the socket sets the pace.
 */
final class SseStream extends AbstractMulti<byte[]> {
    private static final Logger LOG = Logger.getLogger(SseStream.class);

    private final Multi<ReceiverSignal> signals;
    private final Function<ReceiverSignal, byte[]> encoder;
    private final SseConnection connection;
    private final String subscriptionId;

    SseStream(
            Multi<ReceiverSignal> signals,
            Function<ReceiverSignal, byte[]> encoder,
            SseConnection connection,
            String subscriptionId) {
        this.signals = signals;
        this.encoder = encoder;
        this.connection = connection;
        this.subscriptionId = subscriptionId;
    }

    @Override
    public void subscribe(MultiSubscriber<? super byte[]> response) {
        signals.subscribe().withSubscriber(new Writing(response));
    }

    private final class Writing implements MultiSubscriber<ReceiverSignal>, Flow.Subscription {
        private final MultiSubscriber<? super byte[]> response;
        private Flow.Subscription upstream;
        private boolean begun;

        Writing(MultiSubscriber<? super byte[]> response) {
            this.response = response;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            upstream = subscription;
            response.onSubscribe(this);
        }

        /** Called by the response for its first frame, and when that is written; it sees no other. */
        @Override
        public void request(long n) {
            upstream.request(1);
        }

        @Override
        public void cancel() {
            upstream.cancel();
        }

        @Override
        public void onItem(ReceiverSignal signal) {
            byte[] frames = encoder.apply(signal);
            if (begun) {
                connection.write(frames, this::written);
            } else {
                begun = true;
                response.onItem(frames);
            }
        }

        private void written(boolean taken) {
            if (taken) {
                upstream.request(1);
            } else {
                upstream.cancel();
            }
        }

        /** The headers are out, so all that can be done is to end: the client comes back and resumes. */
        @Override
        public void onFailure(Throwable failure) {
            LOG.errorf(failure, "stream broken subscription=%s", subscriptionId);
            response.onCompletion();
        }

        @Override
        public void onCompletion() {
            response.onCompletion();
        }
    }
}
