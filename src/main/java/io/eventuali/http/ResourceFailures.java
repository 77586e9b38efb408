package io.eventuali.http;

import io.smallrye.mutiny.Uni;
import jakarta.annotation.Priority;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;

/** Turns what a {@linkplain ApiResource resource} throws, and what its {@code Uni} fails with, into answers. */
@ApiResource
@Interceptor
@Priority(Interceptor.Priority.LIBRARY_BEFORE)
class ResourceFailures {
    private final Failures failures;

    ResourceFailures(Failures failures) {
        this.failures = failures;
    }

    @AroundInvoke
    Object answered(InvocationContext call) throws Throwable {
        Object result;
        try {
            result = call.proceed();
        } catch (Exception failure) {
            throw failures.answer(failure);
        }
        return result instanceof Uni<?> uni ? uni.onFailure().transform(failures::answer) : result;
    }
}
