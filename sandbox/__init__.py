"""A practice Slack workspace and its systems; speaks public protocols only, imports none of the three floors."""
