"""Who speaks, whether Slack vouches for it, and who may answer."""
