"""Certificates: made, signed, checked, enforced and shown."""
