/** An event with both of its positions, as the service sends it. */
export interface StreamEvent {
    globalPosition: number;
    streamPosition: number;
    eventId: string;
    aggregateType: string;
    aggregateId: string;
    eventType: string;
    timestamp: string;
    data: unknown;
    metadata: Record<string, unknown>;
}

export interface Options {
    /** Address of the stream with its filters, such as `/v1/events/stream?eventType=User*`. */
    stream: string;
    /** Id of the last event that was handled. Without one, the stream starts where the address says. */
    lastEventId?: string;
    /** Called for each event, once, in order. Keep `id` with what you do. */
    onEvent: (event: StreamEvent, id: string) => void;
    /** Called when the log is another one than before, for example after a restore: read anew what you know. */
    onOtherLog?: () => void;
    /** In place of the browser's `EventSource`, where there is none. */
    eventSource?: typeof EventSource;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

/**
 * Follows the log until the function that is returned is called, or an operator removes the subscription.
 *
 * A native `EventSource` resumes by itself when a connection ends, but gives up for ever at a status other than 200, such as the
 * 502 of a proxy during a restart. This opens another one then, after the last id, with growing pauses.
 */
export function follow(options: Options): () => void {
    const Source = options.eventSource ?? EventSource;
    let lastEventId = options.lastEventId;
    let failures = 0;
    let stopped = false;
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;

    function address(): string {
        if (lastEventId === undefined) {
            return options.stream;
        }
        return options.stream + (options.stream.includes("?") ? "&" : "?") + "lastEventId=" + lastEventId;
    }

    function moveTo(id: string): void {
        if (id !== "") {
            lastEventId = id;
            failures = 0;
        }
    }

    function open(): void {
        source = new Source(address());
        source.onmessage = (frame) => {
            options.onEvent(JSON.parse(frame.data), frame.lastEventId);
            moveTo(frame.lastEventId);
        };
        // Their data is empty, but their id passes what the filter dropped.
        for (const name of ["checkpoint", "caught-up"]) {
            source.addEventListener(name, (frame) => moveTo((frame as MessageEvent).lastEventId));
        }
        source.addEventListener("subscribed", (frame) => {
            const subscribed = JSON.parse((frame as MessageEvent).data);
            if (subscribed.verdict === "ahead") {
                options.onOtherLog?.();
            }
            moveTo((frame as MessageEvent).lastEventId);
        });
        source.addEventListener("closing", (frame) => {
            if (JSON.parse((frame as MessageEvent).data).reason === "unsubscribed") {
                stop();
            }
        });
        source.onerror = () => {
            if (!stopped && source.readyState === Source.CLOSED) {
                failures++;
                const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
                timer = setTimeout(open, longest / 2 + (Math.random() * longest) / 2);
            }
        };
    }

    function stop(): void {
        stopped = true;
        clearTimeout(timer);
        source.close();
    }

    open();
    return stop;
}
