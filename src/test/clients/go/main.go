// Uses the client that openapi-generator makes of the OpenAPI document, and prints what it was told.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	eventuali "github.com/eventuali/client"
)

func main() {
	host, aggregateType := os.Args[1], os.Args[2]
	configuration := eventuali.NewConfiguration()
	configuration.Servers[0].URL = strings.TrimSuffix(host, "/")
	client := eventuali.NewAPIClient(configuration)
	background := context.Background()

	registered := *eventuali.NewNewEvent("UserRegistered", map[string]interface{}{"name": "Ada"})
	verified := *eventuali.NewNewEvent("UserVerified", true)
	appended, _, err := client.StreamsAPI.AppendToStream(background, aggregateType, "user-1").
		NewEvent([]eventuali.NewEvent{registered, verified}).
		IfNoneMatch("*").
		IdempotencyKey(aggregateType + "-1").
		Execute()
	check(err)
	fmt.Println("appended, at", appended.StreamPosition)

	page, _, err := client.StreamsAPI.ReadStream(background, aggregateType, "user-1").Limit(1).Direction("forward").Execute()
	check(err)
	event := page.Events[0]
	data := event.Data.(map[string]interface{})
	fmt.Printf("read %s %s at %d, next %d\n", event.EventType, data["name"], event.StreamPosition, *page.Next.Get())

	// What is of another type than the operation's is an error, and can be read from the answer.
	_, answer, _ := client.StreamsAPI.ReadStream(background, aggregateType, "user-1").
		From(2).Limit(1).Format("cloudevents").Execute()
	var cloudEvents eventuali.CloudEventStreamPage
	check(json.NewDecoder(answer.Body).Decode(&cloudEvents))
	fmt.Printf("read %s of CloudEvents %s\n", cloudEvents.Events[0].Type, cloudEvents.Events[0].Specversion)

	_, answer, err = client.StreamsAPI.AppendToStream(background, aggregateType, "user-1").
		NewEvent([]eventuali.NewEvent{verified}).IfMatch("\"1\"").Execute()
	var refused *eventuali.GenericOpenAPIError
	if !errors.As(err, &refused) {
		panic("not refused")
	}
	problem := refused.Model().(eventuali.Problem)
	fmt.Printf("refused %d %s, expected %d, actual %d\n",
		answer.StatusCode, problem.Type, *problem.ExpectedPosition, *problem.ActualPosition)

	second := eventuali.NewStreamAppend(aggregateType, "user-1")
	second.SetEvents([]eventuali.NewEvent{verified})
	second.SetExpectedPosition(2)
	first := eventuali.NewStreamAppend(aggregateType, "user/2")
	first.SetEvents([]eventuali.NewEvent{registered})
	first.SetExpectedPosition(0)
	both, _, err := client.EventsAPI.AppendToStreams(background).
		MultiAppend(*eventuali.NewMultiAppend([]eventuali.StreamAppend{*second, *first})).
		Execute()
	check(err)
	fmt.Println("appended to", len(both.Appends))

	state, _, err := client.ProjectionsAPI.ReadState(background, "event-statistics", aggregateType+"/UserRegistered").
		After(both.LastGlobalPosition).Timeout("30s").Execute()
	check(err)
	fmt.Println("registered", state.(map[string]interface{})["count"])
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
