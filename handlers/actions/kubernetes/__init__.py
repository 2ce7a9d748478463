"""Actions and readings of a Kubernetes namespace. Importing the package registers them."""

from handlers.actions.kubernetes import (
    applying,
    cordoning,
    describing,
    draining,
    measuring,
    patching_config,
    pausing,
    preserving,
    reading_logs,
    reading_objects,
    readings,
    restarting,
    rolling_back,
    rotating_secrets,
    scaling,
    surveying,
)
from handlers.actions.kubernetes.vocabulary import KIND

__all__ = [
    "KIND",
    "applying",
    "cordoning",
    "describing",
    "draining",
    "measuring",
    "patching_config",
    "pausing",
    "preserving",
    "reading_logs",
    "reading_objects",
    "readings",
    "restarting",
    "rolling_back",
    "rotating_secrets",
    "scaling",
    "surveying",
]
