"""The official client's models, read by the names that they have on the wire."""

from __future__ import annotations

from typing import Any, Protocol


class Model(Protocol):
    """Any model of the official client."""

    def to_dict(self, serialize: bool = False) -> dict[str, Any]: ...


def wire(model: Model) -> Any:
    """The model as JSON; what is not set is None."""
    return model.to_dict(serialize=True)


def names(model: Model) -> list[str]:
    """The names of a list's items."""
    return [each["metadata"]["name"] for each in wire(model)["items"]]
