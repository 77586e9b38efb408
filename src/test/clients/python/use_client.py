"""Uses the client that openapi-generator makes of the OpenAPI document, and prints what it was told."""

import sys

import eventuali_client as ev

host, aggregate_type = sys.argv[1:]
with ev.ApiClient(ev.Configuration(host=host.rstrip("/"))) as client:
    streams = ev.StreamsApi(client)
    registered = ev.NewEvent(eventType="UserRegistered", data={"name": "Ada"})
    verified = ev.NewEvent(eventType="UserVerified", data=True)

    appended = streams.append_to_stream(
        aggregate_type,
        "user-1",
        [registered, verified],
        if_none_match="*",
        idempotency_key=f"{aggregate_type}-1",
    )
    print(f"appended, at {appended.stream_position}")

    page = streams.read_stream(aggregate_type, "user-1", limit=1, direction="forward")
    event = page.events[0]
    print(f"read {event.event_type} {event.data['name']} at {event.stream_position}, next {page.next}")

    # What is of another type than the operation's is taken as it comes.
    answer = streams.read_stream_without_preload_content(
        aggregate_type, "user-1", var_from=2, limit=1, format="cloudevents"
    )
    cloud_event = ev.CloudEventStreamPage.from_json(answer.read().decode()).events[0]
    print(f"read {cloud_event.type} of CloudEvents {cloud_event.specversion}")

    try:
        streams.append_to_stream(aggregate_type, "user-1", [verified], if_match='"1"')
    except ev.ApiException as refused:
        problem = ev.Problem.from_json(refused.body)
        print(
            f"refused {refused.status} {problem.type},"
            f" expected {problem.expected_position}, actual {problem.actual_position}"
        )

    both = ev.EventsApi(client).append_to_streams(
        ev.MultiAppend(
            appends=[
                ev.StreamAppend(
                    aggregateType=aggregate_type, aggregateId="user-1", expectedPosition=2, events=[verified]
                ),
                ev.StreamAppend(
                    aggregateType=aggregate_type, aggregateId="user/2", expectedPosition=0, events=[registered]
                ),
            ]
        )
    )
    print(f"appended to {len(both.appends)}")

    state = ev.ProjectionsApi(client).read_state(
        "event-statistics",
        f"{aggregate_type}/UserRegistered",
        after=both.last_global_position,
        timeout="30s",
    )
    print(f"registered {state['count']}")
