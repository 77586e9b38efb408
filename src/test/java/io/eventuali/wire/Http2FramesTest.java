package io.eventuali.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class Http2FramesTest {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final long SECOND = 1_000_000_000;
    private static final int ENHANCE_YOUR_CALM = 11;
    private static final int DATA = 0;
    private static final int PING = 6;

    private final AtomicLong now = new AtomicLong();
    private final EmbeddedChannel channel = new EmbeddedChannel(new WireGuard(now::get));

    @ParameterizedTest
    @CsvSource({
        "empty DATA, 0, 0, 1",
        "PRIORITY, 2, 5, 1",
        "RST_STREAM, 3, 4, 1",
        "SETTINGS, 4, 0, 0",
        "PING, 6, 8, 0",
        "empty CONTINUATION, 9, 0, 1",
        "an unknown type, 77, 3, 0"
    })
    void a_flood_of_frames_without_content_ends_the_connection(String name, int type, int length, int stream) {
        preface();
        send(Http2Frames.BURST, type, length, stream);
        assertThat(channel.isOpen()).as("what may come at once").isTrue();
        for (int second = 0; second < 5; second++) {
            now.addAndGet(SECOND);
            send(Http2Frames.RATE, type, length, stream);
        }
        assertThat(channel.isOpen()).as("what may come a second").isTrue();

        send(Http2Frames.BURST + 1, type, length, stream);

        assertCalmed(7);
    }

    @Test
    void windows_may_be_opened_as_much_as_is_written() {
        preface();
        send(Http2Frames.WINDOW_BURST, 8, 4, 0);
        for (int i = 0; i < 10_000; i++) {
            channel.writeOutbound(Unpooled.wrappedBuffer(new byte[100]));
            send(4, 8, 4, 0);
        }
        assertThat(channel.isOpen()).isTrue();

        channel.releaseOutbound();
        send(1, 8, 4, 0);

        assertCalmed(7);
    }

    /** As clients do that measure how much a connection holds: one PING for each frame of a body. */
    @Test
    void a_ping_may_follow_each_frame_of_a_body_that_is_written() {
        preface();
        send(Http2Frames.BURST, PING, 8, 0);
        for (int i = 0; i < 10_000; i++) {
            write(DATA, 9);
            channel.writeOutbound(Unpooled.wrappedBuffer(new byte[] {'a'}));
            send(1, PING, 8, 0);
        }
        assertThat(channel.isOpen()).isTrue();

        channel.releaseOutbound();
        send(1, PING, 8, 0);

        assertCalmed(7);
    }

    @Test
    void the_answer_to_a_ping_allows_no_other_one() {
        preface();
        send(Http2Frames.BURST, PING, 8, 0);
        write(PING, 17);
        channel.releaseOutbound();
        send(1, PING, 8, 0);

        assertCalmed(7);
    }

    private void write(int type, int length) {
        channel.writeOutbound(Unpooled.buffer()
                .writeMedium(0)
                .writeByte(type)
                .writeByte(0)
                .writeInt(7)
                .writeZero(length - 9));
    }

    @Test
    void frames_with_content_are_not_counted_and_passed_on_as_they_are() {
        preface();
        for (int i = 0; i < 10; i++) {
            send(Http2Frames.BURST, 0, 3, 7);
            send(1, 1, 3, 7);
        }

        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void a_frame_is_seen_in_whatever_pieces_it_comes() {
        ByteBuf bytes = Unpooled.buffer().writeBytes(PREFACE.getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i <= Http2Frames.BURST; i++) {
            frame(bytes, 6, 8, 0);
        }
        while (bytes.isReadable() && channel.isOpen()) {
            channel.writeInbound(bytes.readRetainedSlice(Math.min(5, bytes.readableBytes())));
        }
        bytes.release();

        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    /** HEADERS of stream 7 come with it. */
    private void preface() {
        ByteBuf bytes = Unpooled.buffer().writeBytes(PREFACE.getBytes(StandardCharsets.US_ASCII));
        frame(bytes, 1, 3, 7);
        channel.writeInbound(bytes);
        drop();
    }

    private void send(int times, int type, int length, int stream) {
        ByteBuf bytes = Unpooled.buffer();
        for (int i = 0; i < times; i++) {
            frame(bytes, type, length, stream);
        }
        byte[] sent = new byte[bytes.readableBytes()];
        bytes.getBytes(0, sent);
        if (channel.writeInbound(bytes)) {
            ByteBuf passed = channel.readInbound();
            assertThat(passed).isEqualTo(Unpooled.wrappedBuffer(sent));
            passed.release();
        }
    }

    private static void frame(ByteBuf bytes, int type, int length, int stream) {
        bytes.writeMedium(length).writeByte(type).writeByte(0).writeInt(stream).writeZero(length);
    }

    private void drop() {
        for (ByteBuf read = channel.readInbound(); read != null; read = channel.readInbound()) {
            read.release();
        }
    }

    private void assertCalmed(int lastStream) {
        ByteBuf goAway = channel.readOutbound();
        assertThat(goAway.getUnsignedByte(3)).as("GOAWAY").isEqualTo((short) 7);
        assertThat(goAway.getInt(9)).isEqualTo(lastStream);
        assertThat(goAway.getInt(13)).isEqualTo(ENHANCE_YOUR_CALM);
        goAway.release();
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }
}
