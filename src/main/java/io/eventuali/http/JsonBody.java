package io.eventuali.http;

/** An answer that is JSON already, such as events, whose {@code data} goes out as it came in. No record: Jackson never writes it. */
final class JsonBody {
    private final byte[] utf8;

    /** @param utf8 the JSON; not copied */
    JsonBody(byte[] utf8) {
        this.utf8 = utf8;
    }

    byte[] utf8() {
        return utf8;
    }
}
