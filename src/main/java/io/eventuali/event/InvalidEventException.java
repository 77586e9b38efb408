package io.eventuali.event;

/** An event or a name breaks a rule. Nothing was written. */
public final class InvalidEventException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String field;
    private final String rule;

    /**
     * @param field the offending field as the client knows it, such as {@code events[3].eventType}
     * @param rule what the field has to satisfy, as the end of a sentence: "must not be empty"
     */
    public InvalidEventException(String field, String rule) {
        super(field + " " + rule);
        this.field = field;
        this.rule = rule;
    }

    /** The offending field as the client knows it. */
    public String field() {
        return field;
    }

    /** What the field has to satisfy, as the end of a sentence. */
    public String rule() {
        return rule;
    }

    /** The same complaint about a field that sits inside another one. */
    public InvalidEventException inside(String parent) {
        return new InvalidEventException(parent + "." + field, rule);
    }
}
