"""Qmatic Orchestra Calendar, public API."""
