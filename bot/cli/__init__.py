"""The commands beside `serve`: what policies say, and what the bot will need, told without running it."""
