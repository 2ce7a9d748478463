"""A stand-in for one Slack workspace with one installed app: Slack's protocol, as strict as Slack."""
