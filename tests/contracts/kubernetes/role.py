"""The Role that the documentation gives the bot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

DOCUMENT = Path(__file__).parents[3] / "docs" / "systems" / "kubernetes.md"
Permissions = set[tuple[str, str]]


def documented_role() -> dict[str, Any]:
    """As it stands there, namespace and all."""
    (block,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    role: dict[str, Any] = yaml.safe_load(block)
    return role


def documented_permissions() -> Permissions:
    """The verbs on resources that it gives."""
    return {
        (verb, f"{resource}.{group}" if group else resource)
        for rule in documented_role()["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
