package io.eventuali.http;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The target of a request in one spelling, so that everything after it (rules of access, the router, the resources) reads the same
 * names in it: a path that begins with a slash, a query, and in both nothing but printable ASCII. Bytes beyond ASCII and characters
 * that a URL must not have, which browsers send nevertheless, are percent-encoded; so is the semicolon, which some readers take for
 * the end of a name.
 */
final class RequestTarget {
    private static final Pattern ABSOLUTE =
            Pattern.compile("https?://[^/?]*(.*)", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
    /** What some routers take off a part of a path: {@code ;name=value}. */
    private static final Pattern PARAMETER = Pattern.compile(";[^/]*");
    /** A step to the same or the upper level, which no name can be: routers and clients take it away. */
    private static final Pattern STEP = Pattern.compile("/(\\.|%2[eE]){1,2}(/|$)");
    /** What may stand in a path or query as it is, besides letters and digits. */
    private static final String PLAIN = "-._~!$&'()*+,=:@/?%";

    private RequestTarget() {}

    /** The target without scheme and authority, which a client may send to any server as if it were a proxy. */
    static String originForm(String target) {
        if (target.startsWith("/")) {
            return target;
        }
        Matcher absolute = ABSOLUTE.matcher(target);
        if (!absolute.matches()) {
            return target;
        }
        String rest = absolute.group(1);
        return rest.startsWith("/") ? rest : "/" + rest;
    }

    /** Whether a target in origin form is of the given path for routers that take parameters off the parts of a path, and is not for others. */
    static boolean isDisguised(String target, String path) {
        int query = target.indexOf('?');
        String sent = query < 0 ? target : target.substring(0, query);
        return sent.indexOf(';') >= 0
                && !sent.startsWith(path)
                && PARAMETER.matcher(sent).replaceAll("").startsWith(path);
    }

    /**
     * The canonical spelling of a target in origin form.
     *
     * @return empty if it cannot be read in one way: it is not UTF-8, a percent sign stands alone, a part of the path is {@code .} or
     *     {@code ..}, or there is a control character, a blank or a fragment
     */
    static Optional<String> canonical(String target) {
        if (PercentEncoded.decode(target).isEmpty()) {
            return Optional.empty();
        }
        StringBuilder canonical = new StringBuilder(target.length());
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c == 0x7F || c == '#') {
                return Optional.empty();
            }
            if (isPlain(c)) {
                canonical.append(c);
            } else {
                canonical.append('%').append("%02X".formatted((int) c).toUpperCase(Locale.ROOT));
            }
        }
        int query = canonical.indexOf("?");
        String path = query < 0 ? canonical.toString() : canonical.substring(0, query);
        return hasStep(path) ? Optional.empty() : Optional.of(canonical.toString());
    }

    /** Whether a part of a path is a step, so that clients would resolve it to another path. */
    static boolean hasStep(String path) {
        return STEP.matcher(path).find();
    }

    private static boolean isPlain(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || PLAIN.indexOf(c) >= 0;
    }
}
