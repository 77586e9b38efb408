package io.eventuali.saga;

import static io.eventuali.saga.SagaTestKit.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The rules of sagas, held without a database; and the kit that users hold theirs with. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SagaTestKitTest {
    private final List<String> calls = new ArrayList<>();

    /** Data of the sagas here. */
    record Order(String id, int amount, boolean gift, String payment, String parcel) {}

    private static final Order ORDER = new Order("o1", 42, false, null, null);

    /** Reserve, charge, wrap if it is a gift, ship. */
    private final class OrderSaga extends SagaHandler<Order> {
        OrderSaga() {
            super("order", Order.class);
            step("reserve-stock", (order, context) -> call("reserve " + context.idempotencyKey()))
                    .compensate((order, context) -> call("release " + context.actionKey()))
                    .retries(2);
            step("charge", (order, context) -> {
                        call("charge");
                        return new Order(order.id(), order.amount(), order.gift(), "P1", null);
                    })
                    .compensate((order, context) -> call("refund"));
            when(Order::gift, step("wrap", (order, context) -> call("wrap")));
            step("ship", (order, context) -> {
                call("ship");
                context.append(new StreamId("Order", order.id()), NewEvent.of("OrderShipped", "{}"));
                return null;
            });
        }
    }

    private Order call(String what) {
        calls.add(what);
        return null;
    }

    @Test
    void steps_run_in_order_and_change_the_data() {
        given(new OrderSaga())
                .with(ORDER)
                .expectCompleted()
                .expectExecuted("reserve-stock", "charge", "ship")
                .expectStep("wrap", StepStatus.SKIPPED)
                .expectCompensated()
                .expectData(new Order("o1", 42, false, "P1", null));
        assertThat(calls).containsExactly("reserve test:reserve-stock", "charge", "ship");
        assertThat(given(new OrderSaga()).with(ORDER).appended())
                .extracting(NewEvent::eventType)
                .containsExactly("OrderShipped");
    }

    /** What the data of a saga are, and when. */
    record Stay(LocalDate day, Instant at) {}

    private static final class StaySaga extends SagaHandler<Stay> {
        StaySaga() {
            super("stay", Stay.class);
            step("prolong", (stay, context) -> new Stay(stay.day().plusDays(1), stay.at()));
        }
    }

    @Test
    void days_and_times_are_written_as_the_service_writes_them() {
        Instant at = Instant.parse("2026-11-23T10:00:00.5Z");
        SagaTestKit<Stay> kit = given(new StaySaga()).with(new Stay(LocalDate.of(2026, 11, 23), at));

        kit.expectData(new Stay(LocalDate.of(2026, 11, 24), at));
        assertThatThrownBy(() -> kit.expectData(new Stay(LocalDate.of(2026, 11, 23), at)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("\"2026-11-24\"")
                .hasMessageContaining("\"2026-11-23T10:00:00.500Z\"");
    }

    @Test
    void what_was_done_is_undone_in_reverse_order_and_nothing_else_is() {
        given(new OrderSaga())
                .whenStepFails("charge")
                .expectCompensated("reserve-stock")
                .expectStatus(SagaStatus.COMPENSATED)
                .expectStep("ship", StepStatus.PENDING);
        given(new OrderSaga())
                .with(ORDER)
                .whenStepFails("ship")
                .expectCompensated("charge", "reserve-stock")
                .expectStatus(SagaStatus.COMPENSATED);
        assertThat(calls).endsWith("refund", "release test:reserve-stock");
    }

    @Test
    void a_failure_with_nothing_to_undo_is_failed() {
        given(new OrderSaga())
                .whenStepFails("reserve-stock")
                .expectStatus(SagaStatus.FAILED)
                .expectExecuted("reserve-stock", "reserve-stock", "reserve-stock")
                .expectCompensated();
    }

    @Test
    void a_retry_waits_twice_as_long_each_time() {
        SagaTestKit<Order> kit = given(new OrderSaga()).whenStepFails("reserve-stock", 2);

        kit.expectCompleted();
        assertThat(kit.elapsed()).isEqualTo(Duration.ofMillis(200 + 400));
    }

    @Test
    void a_step_whose_outcome_is_unknown_is_undone_though_it_did_not_succeed() {
        given(new OrderSaga())
                .whenStepTimesOut("charge")
                .expectStatus(SagaStatus.COMPENSATED)
                .expectCompensated("charge", "reserve-stock");
    }

    @Test
    void an_input_output_exception_leaves_the_outcome_open() {
        var saga = new SagaHandler<Order>("broken", Order.class) {
            {
                step("charge", (order, context) -> {
                            throw new IllegalStateException("wrapped", new IOException("connection reset"));
                        })
                        .compensate((order, context) -> call("refund"));
            }
        };

        given(saga).with(ORDER).expectStatus(SagaStatus.COMPENSATED).expectCompensated("charge");
    }

    @Test
    void a_compensation_that_fails_for_ever_is_a_state() {
        SagaTestKit<Order> kit = given(new OrderSaga()).whenStepFails("ship").whenCompensationFails("charge");

        kit.expectStatus(SagaStatus.COMPENSATION_FAILED).expectCompensated("charge");
        assertThat(kit.recorded().stream().filter("CompensationFailed"::equals)).hasSize(6);
    }

    @Test
    void a_cancelled_saga_is_undone() {
        given(new OrderSaga())
                .whenCancelledAfter("charge")
                .expectStatus(SagaStatus.CANCELLED)
                .expectCompensated("charge", "reserve-stock");
    }

    @Test
    void parallel_steps_keep_what_each_has_changed() {
        var saga = new SagaHandler<Order>("parallel", Order.class) {
            {
                parallel(
                        step("charge", (o, c) -> new Order(o.id(), o.amount(), o.gift(), "P1", o.parcel())),
                        step("pack", (o, c) -> new Order(o.id(), o.amount(), o.gift(), o.payment(), "B1")));
            }
        };

        given(saga).with(ORDER).expectCompleted().expectData(new Order("o1", 42, false, "P1", "B1"));
    }

    @Test
    void a_sibling_of_a_parallel_step_that_failed_is_undone_if_it_was_done() {
        var saga = new SagaHandler<Order>("parallel", Order.class) {
            {
                parallel(
                        step("charge", (o, c) -> call("charge")).compensate((o, c) -> call("refund")),
                        step("pack", (o, c) -> call("pack")).compensate((o, c) -> call("unpack")));
            }
        };

        given(saga)
                .with(ORDER)
                .whenStepFails("charge")
                .expectCompensated("pack")
                .expectStatus(SagaStatus.COMPENSATED);
    }

    /** Waits for two payments of the same kind. */
    private static final class Choreography extends SagaHandler<Order> {
        /** Data of an event. */
        record Paid(String id) {}

        Choreography() {
            super("choreography", Order.class);
            await(
                            "Paid",
                            Paid.class,
                            Order::id,
                            (order, paid) ->
                                    new Order(order.id(), order.amount(), order.gift(), paid.id(), order.parcel()))
                    .timeout(Duration.ofMinutes(5));
            deadline(Duration.ofMinutes(10));
        }
    }

    @Test
    void an_awaited_event_goes_into_the_data() {
        given(new Choreography())
                .with(ORDER)
                .whenEvent("Payment", "o2", "Paid", "{\"id\":\"other\"}")
                .whenEvent("Payment", "o1", "Paid", "{\"id\":\"P7\"}")
                .expectCompleted()
                .expectData(new Order("o1", 42, false, "P7", null));
    }

    @Test
    void an_event_that_does_not_come_is_not_waited_for_longer_than_said() {
        SagaTestKit<Order> kit = given(new Choreography()).with(ORDER);

        kit.expectStatus(SagaStatus.FAILED);
        assertThat(kit.elapsed()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void a_saga_is_undone_when_its_deadline_passes() {
        var saga = new SagaHandler<Order>("slow", Order.class) {
            {
                step("book", (o, c) -> null).compensate((o, c) -> call("unbook"));
                await("Never", Order::id);
                deadline(Duration.ofHours(1));
            }
        };
        SagaTestKit<Order> kit = given(saga).with(ORDER);

        kit.expectStatus(SagaStatus.COMPENSATED).expectCompensated("book");
        assertThat(kit.recorded()).contains("DeadlineExceeded");
        assertThat(kit.elapsed()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void a_condition_that_throws_fails_its_step() {
        var saga = new SagaHandler<Order>("odd", Order.class) {
            {
                step("book", (o, c) -> null).compensate((o, c) -> call("unbook"));
                when(
                        order -> {
                            throw new IllegalStateException("no idea");
                        },
                        step("pack", (o, c) -> null));
            }
        };

        given(saga).with(ORDER).expectStatus(SagaStatus.COMPENSATED).expectCompensated("book");
    }

    @Test
    void an_expectation_that_does_not_hold_says_what_is_there() {
        assertThatThrownBy(() -> given(new OrderSaga()).expectStatus(SagaStatus.FAILED))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("COMPLETED");
        assertThatThrownBy(() -> given(new OrderSaga()).whenStepFails("shp")).hasMessageContaining("has no step shp");
    }

    @Test
    void a_definition_that_cannot_work_is_refused() {
        assertThatThrownBy(() -> new SagaHandler<Order>("a b", Order.class) {}).hasMessageContaining("letters");
        assertThatThrownBy(() -> new SagaHandler<Order>("twice", Order.class) {
                    {
                        step("a", (o, c) -> null);
                        step("a", (o, c) -> null);
                    }
                })
                .hasMessageContaining("two steps a");
    }
}
