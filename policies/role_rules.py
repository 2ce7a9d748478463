"""Rights that need nothing but a role."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from policies import fields as f

Roles = Annotated[tuple[f.RoleName, ...], Field(strict=False), f.Distinct]
# Not strict: behind the BeforeValidator of `approve`, a JSON snapshot arrives as a Python list.


class RoleRule(f.Rules):
    """A right that needs nothing but one of these roles."""

    roles: Annotated[Roles, f.AtLeastOne]
    row: f.Row | None = None
