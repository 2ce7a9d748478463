"""The practice workspace, tried through the protocol that a real app speaks."""
