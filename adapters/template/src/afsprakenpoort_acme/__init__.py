"""Acme, connected to Afsprakenpoort."""
