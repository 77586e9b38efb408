package com.example.guest.projected;

/** Data of an event. */
record CustomerRegistered(String fullName) {}
