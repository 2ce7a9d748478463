"""HTTP APIs of systems: one address, one bearer token, JSON both ways."""
