"""Actions and readings of a Kubernetes namespace. Importing the package registers them."""

from handlers.actions.kubernetes import readings, restarting, rolling_back, scaling
from handlers.actions.kubernetes.vocabulary import KIND

__all__ = ["KIND", "readings", "restarting", "rolling_back", "scaling"]
