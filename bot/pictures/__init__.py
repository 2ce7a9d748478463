"""Pictures: drawn by a program of its own, which a process runs beside the bot."""
