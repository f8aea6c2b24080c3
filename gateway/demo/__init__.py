"""``poort demo``: the whole gateway on one machine, with municipalities that do not exist."""
