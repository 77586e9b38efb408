package com.example.shop.order;

import static io.eventuali.saga.SagaTestKit.given;

import io.eventuali.saga.SagaStatus;
import io.eventuali.saga.StepStatus;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What follows what. The actions themselves are not called here, {@link com.example.shop.ShopTest} does that. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OrderSagaTest {
    private final OrderSaga saga =
            new OrderSaga(new Orders(null), new Stock(null, null), new Payments(null, 0), new Parcels(null));

    @Test
    void an_order_is_reserved_charged_and_shipped() {
        given(saga).expectExecuted("accept", "reserve-stock", "charge", "ship").expectCompleted();
    }

    @Test
    void an_order_that_cannot_be_paid_gives_its_goods_back_and_is_cancelled() {
        given(saga)
                .whenStepFails("charge")
                .expectCompensated("reserve-stock", "accept")
                .expectStep("ship", StepStatus.PENDING)
                .expectStatus(SagaStatus.COMPENSATED);
    }

    @Test
    void an_order_that_cannot_be_shipped_is_paid_back_too() {
        given(saga).whenStepFails("ship").expectCompensated("charge", "reserve-stock", "accept");
    }

    @Test
    void goods_that_others_were_first_to_change_are_tried_again() {
        given(saga).whenStepFails("reserve-stock", 5).expectCompleted();
    }

    @Test
    void goods_that_there_are_not_cancel_the_order() {
        given(saga).whenStepFails("reserve-stock").expectCompensated("accept");
    }

    @Test
    void a_payment_that_nobody_knows_of_is_paid_back() {
        given(saga).whenStepTimesOut("charge").expectCompensated("charge", "reserve-stock", "accept");
    }

    @Test
    void a_refund_that_fails_for_ever_waits_for_an_operator() {
        given(saga).whenStepFails("ship").whenCompensationFails("charge").expectStatus(SagaStatus.COMPENSATION_FAILED);
    }
}
