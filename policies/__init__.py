"""What is allowed: the policy book, its loading, and pure decisions. No clock, no I/O, no logging."""
