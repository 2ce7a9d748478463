"""The one shape everything here has: a JSON object, as the Kubernetes API sends and takes it."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
