package io.eventuali.security;

/** What the header {@code WWW-Authenticate} says. */
public final class Challenges {
    /** Its name. */
    public static final String HEADER = "WWW-Authenticate";

    /** A key is wanted. */
    public static final String API_KEY = "ApiKey realm=\"eventuali\"";

    /** A token of an OpenID Connect provider is wanted. */
    public static final String BEARER = "Bearer realm=\"eventuali\"";

    private Challenges() {}
}
