package io.eventuali.security;

import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Tells the paths of Eventuali from those of the application that it is a part of, wherever that application is served. Thread-safe.
 */
@Singleton
public class OwnPaths {
    private static final String API = "/v1/";
    private final boolean enabled;
    private final boolean wholeServer;
    private final String root;
    /** What the paths of all resources begin with. */
    private volatile String resources;

    @Inject
    OwnPaths(ServingConfig config, @ConfigProperty(name = "quarkus.http.root-path") String root) {
        this(config.enabled(), config.wholeServer(), root);
    }

    OwnPaths(boolean enabled, boolean wholeServer, String root) {
        this.enabled = enabled;
        this.wholeServer = wholeServer;
        this.root = prefix(root);
        this.resources = this.root;
    }

    /** Notes what the application puts before the paths of all resources, by a setting or an annotation. */
    public void resourcesAreBelow(String path) {
        String below = prefix(path);
        resources = below.startsWith(root) ? below : root + below;
    }

    /** Whether nobody else is served by this server. */
    public boolean areAll() {
        return wholeServer;
    }

    /** Whether there is an API. */
    public boolean haveApi() {
        return enabled;
    }

    /** Whether a request is Eventuali's to answer. */
    public boolean contain(RoutingContext request) {
        return wholeServer || isOfApi(request.request().path()) || isOfApi(normalized(request));
    }

    /** Whether a path, or a target that begins with one, is the API's as it is spelled. */
    public boolean isOfApi(String path) {
        String before = resources + API;
        if (!enabled || path == null || !path.startsWith(before)) {
            return false;
        }
        int end = before.length();
        while (end < path.length() && "/?;".indexOf(path.charAt(end)) < 0) {
            end++;
        }
        // An application may have resources of its own below /v1, too.
        return wholeServer || AccessRules.NAMES.contains(path.substring(before.length(), end));
    }

    /** What paths of the API begin with. */
    public String api() {
        return resources + API;
    }

    /** A path as the rules name it: without what everything, and what all resources, begin with. Empty if it is below neither. */
    public String unprefixed(String path) {
        if (path == null) {
            return "";
        }
        if (path.startsWith(resources + API)) {
            return path.substring(resources.length());
        }
        String below = path.startsWith(root + "/") ? path.substring(root.length()) : "";
        return below.startsWith(API) ? "" : below;
    }

    private static String normalized(RoutingContext request) {
        try {
            return request.normalizedPath();
        } catch (IllegalArgumentException undecodable) {
            return null;
        }
    }

    /** Without a slash at its end; so nothing for the root. */
    private static String prefix(String path) {
        String from = path.startsWith("/") ? path : "/" + path;
        return from.endsWith("/") ? from.substring(0, from.length() - 1) : from;
    }
}
