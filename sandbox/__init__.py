"""A practice Slack workspace and its systems: public protocols only, nothing of the three floors."""
