"""Who a citizen is: logging in by OpenID Connect, sessions, and what others may know of them."""
