package io.eventuali.projection;

/** A document that was asked for: still at hand, or as text that is read where a handler needs it, which is on a worker thread. */
final class Loaded<S> {
    private final S state;
    private final String text;

    private Loaded(S state, String text) {
        this.state = state;
        this.text = text;
    }

    static <S> Loaded<S> ready(S state) {
        return new Loaded<>(state, null);
    }

    static <S> Loaded<S> text(String json) {
        return new Loaded<>(null, json);
    }

    /** Its text; null if it is at hand. */
    String json() {
        return text;
    }

    /** Characters of JSON that it takes beside what is at hand anyway. */
    int characters() {
        return text == null ? 0 : text.length();
    }

    S state(Class<S> type, JsonCodec json) {
        return text == null ? state : json.document(text, type);
    }
}
