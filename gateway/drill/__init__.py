"""``poort drill``: every fault at every step of a visit, at every vendor, and what became of it."""
