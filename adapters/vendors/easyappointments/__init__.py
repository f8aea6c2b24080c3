"""Easy!Appointments, by its REST API v1."""
