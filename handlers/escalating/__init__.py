"""What nobody answers: its thread is read, and then the next rung hears of it, in Slack and outside."""
