package io.eventuali.ownership;

import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ThreadLocalRandom;

/** Names this process. Another start is another replica: what the former one owned is not ours. */
@Singleton
public class ReplicaId {
    private static final int HEX = 16;

    private final String value;

    ReplicaId() {
        String suffix = Integer.toString(ThreadLocalRandom.current().nextInt(0x1000_0000, Integer.MAX_VALUE), HEX);
        this.value = host() + "-" + suffix;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "replica";
        }
    }

    /** Host and a random suffix: a pod's name, say, and which of its processes. */
    public String value() {
        return value;
    }
}
