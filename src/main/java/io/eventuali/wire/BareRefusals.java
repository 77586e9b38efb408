package io.eventuali.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Headers for the answer to what cannot be read as a request. The framework answers with a status alone, before there is a request that anything
 * else could see; all other answers have these headers already.
 */
final class BareRefusals {
    /** Longer than a status and the headers that the framework sets by itself. */
    private static final int MOST = 200;
    /** Where the status stands in the first line. */
    private static final int STATUS = "HTTP/1.1 ".length();

    private static final Pattern BARE = Pattern.compile(
            "HTTP/1\\.[01] 4\\d\\d [^\\r\\n]*\\r\\n((?i:content-length: 0|connection: [a-z-]+)\\r\\n)*\\r\\n");

    private static final byte[] REST = String.join(
                    "\r\n",
                    "x-content-type-options: nosniff",
                    "x-frame-options: DENY",
                    "referrer-policy: no-referrer",
                    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
                    "cache-control: private, no-cache",
                    "",
                    "")
            .getBytes(StandardCharsets.US_ASCII);

    private BareRefusals() {}

    /** The bytes of an answer, with the headers if it is such a one. */
    static ByteBuf complete(ByteBufAllocator allocator, ByteBuf answer) {
        int length = answer.readableBytes();
        if (length > MOST || length <= STATUS || answer.getByte(answer.readerIndex() + STATUS) != '4') {
            return answer;
        }
        if (!BARE.matcher(answer.toString(StandardCharsets.US_ASCII)).matches()) {
            return answer;
        }
        int head = length - "\r\n".length();
        ByteBuf complete = allocator.buffer(head + REST.length);
        complete.writeBytes(answer, answer.readerIndex(), head).writeBytes(REST);
        answer.release();
        return complete;
    }
}
