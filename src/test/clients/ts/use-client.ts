import { AppendApi, Configuration, ProjectApi, ReadApi, ResponseError, type NewEvent, type Problem } from "./client/index.js";

declare const process: { argv: string[] };

// Uses the client that openapi-generator makes of the OpenAPI document, and prints what it was told.
const [basePath, aggregateType] = process.argv.slice(2);
const configuration = new Configuration({ basePath });
const append = new AppendApi(configuration);
const read = new ReadApi(configuration);

const registered: NewEvent = { eventType: "UserRegistered", data: { name: "Ada" } };
const verified: NewEvent = { eventType: "UserVerified", data: true };
const stream = { aggregateType, aggregateId: "user-1" };
const appended = await append.appendToStream({
    ...stream,
    newEvent: [registered, verified],
    ifNoneMatch: "*",
    idempotencyKey: `${aggregateType}-1`,
});
console.log(`appended, at ${appended.streamPosition}`);

const page = await read.readStream({ ...stream, limit: 1, direction: "forward" });
const event = page.events[0];
console.log(`read ${event.eventType} {name=${event.data.name}} at ${event.streamPosition}, next ${page.next}`);

const [cloudEvent] = (await read.readStream({ ...stream, from: 2, limit: 1, format: "cloudevents" })).events;
console.log(`read ${cloudEvent.type} of CloudEvents ${cloudEvent.specversion}`);

try {
    await append.appendToStream({ ...stream, newEvent: [verified], ifMatch: '"1"' });
} catch (refused) {
    if (!(refused instanceof ResponseError)) {
        throw refused;
    }
    const problem: Problem = await refused.response.json();
    console.log(
        `refused ${problem.status} ${problem.type}, expected ${problem.expectedPosition}, actual ${problem.actualPosition}`,
    );
}

const both = await append.appendToStreams({
    multiAppend: {
        appends: [
            { ...stream, expectedPosition: 2, events: [verified] },
            { aggregateType, aggregateId: "user/2", expectedPosition: "none", events: [registered] },
        ],
    },
});
console.log(`appended to ${both.appends.length}`);

const state = await new ProjectApi(configuration).readState({
    name: "event-statistics",
    key: `${aggregateType}/UserRegistered`,
    after: both.lastGlobalPosition,
    timeout: "30s",
});
console.log(`registered ${state.count}`);
