"""pretix: a ticket shop whose dates are appointments."""
