"""Alerts: from what a sender tells to a thread that somebody answers."""
