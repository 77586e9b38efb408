/** What an operator looks at: health, drain. Nothing imports this. */
package io.eventuali.ops;
