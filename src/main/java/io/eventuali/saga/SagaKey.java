package io.eventuali.saga;

/** Names a saga. */
record SagaKey(String type, String sagaId) {
    @Override
    public String toString() {
        return type + "/" + sagaId;
    }
}
