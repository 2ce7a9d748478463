"""Adapters of the systems that the bot acts on, one module or more for each kind of system."""
