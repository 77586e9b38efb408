package io.eventuali.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * TCP ports for servers of a test that are killed and come back on the same port. They lie below the ranges from which
 * operating systems take the ports of outgoing connections (32768 on Linux, 49152 elsewhere): otherwise a client, trying to
 * reach the server while it is down, can be given the server's own port, and the server can not bind it again.
 */
public final class Ports {
    private static final int SHARE = 1_500;
    private static final int SHARES = 8;
    // Tests may run in several JVMs at once, numbered from 1: each takes from a range of its own.
    private static final int LOWEST = 20_000 + (Integer.getInteger("test.fork", 1) - 1) % SHARES * SHARE;
    private static final int HIGHEST = LOWEST + SHARE;
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private Ports() {}

    /** A port on which nothing listens and which this JVM has not given out before. */
    public static int free() {
        while (GIVEN.size() < HIGHEST - LOWEST) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (GIVEN.add(port) && isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port from " + LOWEST + " to " + HIGHEST);
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return probe.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
