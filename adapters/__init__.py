"""What connects the standard to one vendor's system each."""
