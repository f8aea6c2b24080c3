"""The reference adapter: an appointment system that lives in this process."""
