"""Actions and readings of a Kubernetes namespace. Importing the package registers them."""

from handlers.actions.kubernetes import (
    patching_config,
    reading_logs,
    readings,
    restarting,
    rolling_back,
    rotating_secrets,
    scaling,
)
from handlers.actions.kubernetes.vocabulary import KIND

__all__ = [
    "KIND",
    "patching_config",
    "reading_logs",
    "readings",
    "restarting",
    "rolling_back",
    "rotating_secrets",
    "scaling",
]
