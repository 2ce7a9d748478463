"""The outside world as the handlers see it. Adapters live in `bot`; nothing here does I/O."""
