"""The life of a visit: chosen, held, booked, undone, and found out when unknown."""
