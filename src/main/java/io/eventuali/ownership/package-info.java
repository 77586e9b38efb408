/** Who may act: leases with fencing epochs. */
package io.eventuali.ownership;
