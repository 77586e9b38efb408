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

    S state(Class<S> type, JsonCodec json) {
        return text == null ? state : json.read(text, type);
    }
}
