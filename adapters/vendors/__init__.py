"""One folder per vendor; the registry finds them by name."""
