"""Reads the environment and the config directory, and says all that is wrong with them."""
