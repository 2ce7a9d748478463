"""HTTP: Slack's requests, alerts, health. Verifies and records; the work is done elsewhere."""
