package io.eventuali.http;

import io.eventuali.security.Access;
import io.eventuali.stream.Client;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;

/** Who is at the other end of a request, as places are counted. */
public final class Clients {
    private Clients() {}

    /** The client of this request, which has this access. */
    public static Client of(RoutingContext context, Access access) {
        HttpServerRequest request = context.request();
        SocketAddress peer = request.remoteAddress();
        String address = peer == null ? null : peer.hostAddress();
        return new Client(
                access.principal().text(),
                peer == null ? "" : peer.toString(),
                address == null ? "" : address,
                request.connection());
    }
}
