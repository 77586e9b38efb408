import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

type Schemas = components["schemas"];

// Uses the types that openapi-typescript makes of the OpenAPI document with openapi-fetch, and prints what it was told.
const [baseUrl, aggregateType] = process.argv.slice(2);
// Of the answers those in JSON: the log can also be had as lines, and streams as frames.
const client = createClient<paths, "application/json" | "application/problem+json">({ baseUrl });

const registered: Schemas["NewEvent"] = { eventType: "UserRegistered", data: { name: "Ada" } };
const verified: Schemas["NewEvent"] = { eventType: "UserVerified", data: true };
const stream = { aggregateType, aggregateId: "user-1" };
const events = "/v1/streams/{aggregateType}/{aggregateId}/events";
const appended = await client.POST(events, {
    params: { path: stream, header: { "If-None-Match": "*", "Idempotency-Key": `${aggregateType}-1` } },
    body: [registered, verified],
});
console.log(`appended, at ${appended.data?.streamPosition}`);

const page = await client.GET(events, { params: { path: stream, query: { limit: 1, direction: "forward" } } });
const event: Schemas["StreamEvent"] = page.data!.events[0];
const { name } = event.data as { name: string };
console.log(`read ${event.eventType} ${name} at ${event.streamPosition}, next ${page.data!.next}`);

// What is of another type than the operation's is named by hand.
const cloudEvents = await client.GET(events, {
    params: { path: stream, query: { from: 2, limit: 1, format: "cloudevents" } },
    parseAs: "text",
});
const [cloudEvent] = (JSON.parse(cloudEvents.data!) as Schemas["CloudEventStreamPage"]).events;
console.log(`read ${cloudEvent.type} of CloudEvents ${cloudEvent.specversion}`);

const refused = await client.POST(events, {
    params: { path: stream, header: { "If-Match": '"1"' } },
    body: [verified],
});
const problem: Schemas["Problem"] = refused.error!;
console.log(
    `refused ${problem.status} ${problem.type}, expected ${problem.expectedPosition}, actual ${problem.actualPosition}`,
);

const both = await client.POST("/v1/events", {
    body: {
        appends: [
            { ...stream, expectedPosition: 2, events: [verified] },
            { aggregateType, aggregateId: "user/2", expectedPosition: 0, events: [registered] },
        ],
    },
});
console.log(`appended to ${both.data?.appends.length}`);

const state = await client.GET("/v1/projections/{name}/state/{key}", {
    params: {
        path: { name: "event-statistics", key: `${aggregateType}/UserRegistered` },
        query: { after: both.data!.lastGlobalPosition, timeout: "30s" },
    },
});
console.log(`registered ${(state.data as { count: number }).count}`);

// What is wrong does not compile: a member of another name, and a frame's reason that there is not.
// @ts-expect-error
client.POST.bind(client, "/v1/events", { body: { append: [] } });
// @ts-expect-error
const closing: Schemas["ClosingFrame"] = { reason: "bored" };
