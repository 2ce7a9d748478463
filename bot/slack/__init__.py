"""Slack: what leaves for it and what comes from it, in its own formats. Knows no other room."""
