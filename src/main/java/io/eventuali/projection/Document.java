package io.eventuali.projection;

/**
 * A changed document.
 *
 * @param key its key
 * @param state null when the document was removed
 * @param json the state as text, null when the document was removed
 * @param position global position of the event that made it so
 */
record Document<S>(String key, S state, String json, long position) {
    boolean isRemoved() {
        return state == null;
    }
}
