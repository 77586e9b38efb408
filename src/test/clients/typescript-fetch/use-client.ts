import {
    CloudEventStreamPageFromJSON,
    Configuration,
    EventsApi,
    type NewEvent,
    type Problem,
    ProjectionsApi,
    ResponseError,
    StreamsApi,
} from "./client/index.js";

declare const process: { argv: string[] };

// Uses the client that openapi-generator makes of the OpenAPI document, and prints what it was told.
const [basePath, aggregateType] = process.argv.slice(2);
const configuration = new Configuration({ basePath });
const streams = new StreamsApi(configuration);

const registered: NewEvent = { eventType: "UserRegistered", data: { name: "Ada" } };
const verified: NewEvent = { eventType: "UserVerified", data: true };
const stream = { aggregateType, aggregateId: "user-1" };
const appended = await streams.appendToStream({
    ...stream,
    newEvent: [registered, verified],
    ifNoneMatch: "*",
    idempotencyKey: `${aggregateType}-1`,
});
console.log(`appended, at ${appended.streamPosition}`);

const page = await streams.readStream({ ...stream, limit: 1, direction: "forward" });
const event = page.events[0];
console.log(`read ${event.eventType} ${event.data.name} at ${event.streamPosition}, next ${page.next}`);

// What is of another type than the operation's is taken as it comes.
const cloudEvents = await streams.readStreamRaw({ ...stream, from: 2, limit: 1, format: "cloudevents" });
const [cloudEvent] = CloudEventStreamPageFromJSON(await cloudEvents.raw.json()).events;
console.log(`read ${cloudEvent.type} of CloudEvents ${cloudEvent.specversion}`);

try {
    await streams.appendToStream({ ...stream, newEvent: [verified], ifMatch: '"1"' });
} catch (refused) {
    if (!(refused instanceof ResponseError)) {
        throw refused;
    }
    const problem: Problem = await refused.response.json();
    console.log(
        `refused ${problem.status} ${problem.type}, expected ${problem.expectedPosition}, actual ${problem.actualPosition}`,
    );
}

const both = await new EventsApi(configuration).appendToStreams({
    multiAppend: {
        appends: [
            { ...stream, expectedPosition: 2, events: [verified] },
            { aggregateType, aggregateId: "user/2", expectedPosition: 0, events: [registered] },
        ],
    },
});
console.log(`appended to ${both.appends.length}`);

const state = await new ProjectionsApi(configuration).readState({
    name: "event-statistics",
    key: `${aggregateType}/UserRegistered`,
    after: both.lastGlobalPosition,
    timeout: "30s",
});
console.log(`registered ${state.count}`);
