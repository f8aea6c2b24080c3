"""A complete server of the standard, small enough to copy from."""
