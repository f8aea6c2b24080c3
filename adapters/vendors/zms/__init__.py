"""Munich's appointment system ZMS, its interface for citizens."""
