"""One booking API in front of every source."""
