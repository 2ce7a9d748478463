"""A request: what is stored of it, its life, its card."""
