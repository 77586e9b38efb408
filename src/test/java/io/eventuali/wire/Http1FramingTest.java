package io.eventuali.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Seed;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Before the framework's own decoder, as in the service. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class Http1FramingTest {
    private static final String CHUNKED = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5\rX\r\nhello\r\n0\r\n\r\n",
                "5\u0000\r\nhello\r\n0\r\n\r\n",
                "5 \r\nhello\r\n0\r\n\r\n",
                "5 junk\r\nhello\r\n0\r\n\r\n",
                "5\tx\r\nhello\r\n0\r\n\r\n",
                " 5\r\nhello\r\n0\r\n\r\n",
                "5\nhello\r\n0\r\n\r\n",
                "5 \r;a\r\nhello\r\n0\r\n\r\n",
                "5 ;a\u0001\r\nhello\r\n0\r\n\r\n",
                "5\t x;a\r\nhello\r\n0\r\n\r\n",
                " ;a\r\nhello\r\n0\r\n\r\n",
                "5;a=\u0001\r\nhello\r\n0\r\n\r\n",
                "5;a\rb\r\nhello\r\n0\r\n\r\n",
                "5;a\u0000\r\nhello\r\n0\r\n\r\n",
                "+5\r\nhello\r\n0\r\n\r\n",
                "0x5\r\nhello\r\n0\r\n\r\n",
                "5g\r\nhello\r\n0\r\n\r\n",
                "\r\n5\r\nhello\r\n0\r\n\r\n",
                ";\r\nhello\r\n0\r\n\r\n",
                "5\r\nhelloX\r\n0\r\n\r\n",
                "5\r\nhello\n0\r\n\r\n",
                "5\r\nhello0\r\n\r\n",
                "5\r\nhello\rX\n0\r\n\r\n",
                "5\r\nhello\r\n0 \r\n\r\n",
                "5\r\nhello\r\n0\rX\r\n\r\n",
                "0000000000000005\r\nhello\r\n0\r\n\r\n"
            })
    void what_is_no_chunk_is_refused_and_nothing_behind_it_is_a_request(String body) {
        for (int piece : new int[] {1, 2, 3, 7, 1_000}) {
            List<String> seen = decode(CHUNKED + body + HIDDEN, piece);

            assertThat(seen)
                    .as("in pieces of %d", piece)
                    .contains("POST /a", "failure")
                    .doesNotContain("GET /hidden");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5\r\nhello\r\n0\r\n\r\n",
                "05\r\nhello\r\n000\r\n\r\n",
                "5;a=b\r\nhello\r\n0\r\n\r\n",
                "5 ;a=b\r\nhello\r\n0\t ; x\r\n\r\n",
                "5;a=\"b c\";d\r\nhello\r\n0;x\r\n\r\n",
                "A\r\nhello\r\n0\r\n\r\n0\r\n\r\n",
                "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n",
                "5\r\nhello\r\n0\r\nX-Trailer: 5\r\n\r\n"
            })
    void what_is_a_chunk_is_taken_and_the_next_request_is_seen(String body) {
        for (int piece : new int[] {1, 2, 3, 7, 1_000}) {
            assertThat(decode(CHUNKED + body + HIDDEN, piece))
                    .as("in pieces of %d", piece)
                    .contains("POST /a", "GET /hidden")
                    .doesNotContain("failure");
        }
    }

    @Test
    void ordinary_requests_are_passed_on_byte_by_byte_whatever_the_pieces() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        for (int i = 0; i < 500; i++) {
            StringBuilder sent = new StringBuilder();
            for (int n = random.nextInt(6); n >= 0; n--) {
                sent.append(request(random));
            }
            byte[] bytes = sent.toString().getBytes(StandardCharsets.US_ASCII);
            EmbeddedChannel channel = new EmbeddedChannel(new WireGuard());
            for (int at = 0; at < bytes.length; ) {
                int some = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 5 : 200));
                channel.writeInbound(Unpooled.copiedBuffer(bytes, at, some));
                at += some;
            }

            assertThat(inbound(channel)).as("%s", seed).isEqualTo(sent.toString());
        }
    }

    /** Bodies have lines in them that look like requests and chunks. */
    private static String request(RandomGenerator random) {
        String body = List.of("", "5\r\nhello\rX", HIDDEN, "x".repeat(random.nextInt(300)), "0\r\n\r\n")
                .get(random.nextInt(5));
        return switch (random.nextInt(4)) {
            case 0 -> "GET /v1/position HTTP/1.1\r\nHost: x\r\nX-Long: " + "y".repeat(random.nextInt(300)) + "\r\n\r\n";
            case 1 -> "POST /a HTTP/1.1\r\nHost: x\r\ncontent-length:  " + body.length() + " \r\n\r\n" + body;
            case 2 ->
                "\r\nPOST /b HTTP/1.0\r\nContent-Length: " + body.length() + "\r\nX: Transfer-Encoding: chunked\r\n\r\n"
                        + body;
            default ->
                "POST /c HTTP/1.1\r\nHost: x\r\nTRANSFER-ENCODING: Chunked\r\n\r\n"
                        + (body.isEmpty() ? "" : Integer.toHexString(body.length()) + "\r\n" + body + "\r\n")
                        + "0\r\n\r\n";
        };
    }

    @Test
    void framing_that_the_framework_refuses_is_left_to_it() {
        for (String head : List.of(
                "POST /a HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST /a HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                "POST /a HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
                "POST /a HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                "POST /a HTTP/1.1\r\nContent-Length: +5\r\n\r\n")) {
            String sent = head + "5 junk\r\n" + HIDDEN;
            EmbeddedChannel channel = new EmbeddedChannel(new WireGuard());
            channel.writeInbound(Unpooled.copiedBuffer(sent, StandardCharsets.US_ASCII));

            assertThat(inbound(channel)).isEqualTo(sent);
        }
    }

    private static String inbound(EmbeddedChannel channel) {
        StringBuilder text = new StringBuilder();
        for (ByteBuf read = channel.readInbound(); read != null; read = channel.readInbound()) {
            text.append(read.toString(StandardCharsets.US_ASCII));
            read.release();
        }
        channel.finishAndReleaseAll();
        return text.toString();
    }

    private static List<String> decode(String sent, int piece) {
        EmbeddedChannel channel = new EmbeddedChannel(new WireGuard(), new HttpRequestDecoder());
        byte[] bytes = sent.getBytes(StandardCharsets.ISO_8859_1);
        for (int at = 0; at < bytes.length; at += piece) {
            channel.writeInbound(Unpooled.copiedBuffer(bytes, at, Math.min(piece, bytes.length - at)));
        }
        List<String> seen = new ArrayList<>();
        for (HttpObject read = channel.readInbound(); read != null; read = channel.readInbound()) {
            if (read.decoderResult().isFailure()) {
                seen.add("failure");
            } else if (read instanceof HttpRequest request) {
                seen.add(request.method() + " " + request.uri());
            } else if (read instanceof HttpContent) {
                seen.add("content");
            }
            ReferenceCountUtil.release(read);
        }
        channel.finishAndReleaseAll();
        return seen;
    }
}
