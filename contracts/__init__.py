"""The standard: plain data and promises; imports nothing of ours."""
