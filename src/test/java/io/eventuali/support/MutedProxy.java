package io.eventuali.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;

/** Stands between a replica and its database, and can keep the server's answers to itself. */
public final class MutedProxy extends SocketRelay {
    private volatile boolean muted;

    /** @param target port of the database */
    public MutedProxy(int target) {
        super(new InetSocketAddress("localhost", target));
    }

    /** Swallows every answer of the server from now on; requests still reach it. */
    public void mute() {
        muted = true;
    }

    /** Cuts what is connected and lets later connections through unharmed. */
    public void cutAndHeal() {
        cutAll();
        muted = false;
    }

    @Override
    void answers(InputStream server, OutputStream client) throws IOException {
        byte[] buffer = new byte[8192];
        for (int count = server.read(buffer); count >= 0; count = server.read(buffer)) {
            if (!muted) {
                client.write(buffer, 0, count);
            }
        }
    }
}
