"""People outside Slack, and services that know who is on call. One file a kind, one line in `kinds`."""
