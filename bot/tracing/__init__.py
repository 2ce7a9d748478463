"""Traces: one from the moment something arrives to the last message that it caused, over every replica."""
