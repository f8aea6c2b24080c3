"""For systems that speak the contract themselves, over HTTP."""
