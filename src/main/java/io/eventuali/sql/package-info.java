/** How single statements reach the service's database. Transactions and sessions are the business of those who need them. */
package io.eventuali.sql;
