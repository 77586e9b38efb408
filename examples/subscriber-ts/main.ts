// Prints the events of a stream: node main.js <address of the stream> [last id seen]
import { EventSource as NodeEventSource } from "eventsource";
import { follow } from "./subscriber.js";

declare const process: { argv: string[] };

const [, , stream, lastEventId] = process.argv;
follow({
    stream,
    lastEventId,
    eventSource: NodeEventSource as unknown as typeof EventSource,
    onEvent: (event, id) => console.log(id + " " + JSON.stringify(event)),
});
