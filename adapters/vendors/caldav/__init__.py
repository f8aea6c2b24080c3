"""Shared calendars (CalDAV): how a municipality without an appointment system takes part."""
