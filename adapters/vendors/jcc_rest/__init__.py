"""JCC-Afspraken over its REST interface, called WARP v1."""
