package com.example.guest.customer;

import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** How the application tells its failures: all of them, and in words of its own. */
@Provider
public class Failures implements ExceptionMapper<Exception> {
    private static final int TEAPOT = 418;

    @Override
    public Response toResponse(Exception failure) {
        int status = failure instanceof NotFoundException ? 404 : TEAPOT;
        return Response.status(status)
                .type("text/plain")
                .entity("the application says: " + failure.getClass().getSimpleName())
                .build();
    }
}
