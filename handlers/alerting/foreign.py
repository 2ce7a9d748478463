"""Foreign text: what senders write, made harmless before anybody reads it."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, ValidationError


def on_one_line(text: str) -> str:
    """A sender's words without line breaks and invisible characters: they could pass for the bot's."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) or "-"
    spaced = "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in text)
    seen = "".join(one for one in spaced if unicodedata.category(one) != "Cf")
    return " ".join(seen.split()) or "-"


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(on_one_line)]
"""A sender's name for something: one line, bounded."""


MOST_FAULTS = 5
"""Faults of a body that its sender is told; a megabyte can have half a million of them."""


def faults(error: ValidationError) -> str:
    """What is wrong with a body, field by field, for its sender; no value of it is repeated."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    told = [
        f"{on_one_line('.'.join(map(str, one['loc'])))[:100]}: {one['msg']}" for one in found[:MOST_FAULTS]
    ]
    more = [f"and {len(found) - len(told)} more faults"] if len(found) > len(told) else []
    return "; ".join((*told, *more))
