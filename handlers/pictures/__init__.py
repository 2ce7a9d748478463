"""The picture of what an alert measured: what to ask, what to draw, and how it comes into the thread."""
