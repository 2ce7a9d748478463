"""Actions and readings of a Kubernetes namespace. Importing the package registers them."""

from handlers.actions.kubernetes import reading_logs, readings, restarting, rolling_back, scaling
from handlers.actions.kubernetes.vocabulary import KIND

__all__ = ["KIND", "reading_logs", "readings", "restarting", "rolling_back", "scaling"]
