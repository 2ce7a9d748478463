"""What the bot does: state machines, the reply parser, use cases. Reaches the world only through `ports`."""
