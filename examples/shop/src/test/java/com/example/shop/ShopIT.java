package com.example.shop;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The packaged shop, a jar or an executable, does the same. It runs with {@code mvn verify -Dnative}. */
@QuarkusIntegrationTest
@WithTestResource(PackagedShop.class)
class ShopIT extends ShopTest {}
