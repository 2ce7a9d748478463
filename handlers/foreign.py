"""Foreign text: what senders write, made harmless before anybody reads it."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are seen as nothing."""
_MOST_MARKS = 3
"""Marks on one letter; scripts need two or three, more of them would be drawn over the lines around."""


def on_one_line(text: str) -> str:
    """A sender's words without line breaks and invisible characters: they could pass for the bot's."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) or "-"
    kept: list[str] = []
    marks = 0
    for one in text:
        kind = unicodedata.category(one)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if kind in ("Cc", "Zl", "Zp") or one in _BLANK:
            kept.append(" ")
        elif kind != "Cf" and marks <= _MOST_MARKS:
            kept.append(one)
    return " ".join("".join(kept).split()) or "-"


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(on_one_line)]
"""A sender's name for something: one line, bounded."""


_M = TypeVar("_M", bound=BaseModel)
MOST_FAULTS = 5
"""Faults of a body that its sender is told; a megabyte can have half a million of them."""


def understood(model: type[_M], body: Any) -> _M:
    """A body as this model. Raises ValueError with what is wrong with it, for its sender."""
    try:
        return model.model_validate(body)
    except ValidationError as faulty:
        raise ValueError(_faults(faulty)) from None


_SAID_PLAINLY = {"tuple_type": "Input should be a list", "model_type": "Input should be an object"}
"""What is wrong in a sender's words, by pydantic's own kinds of fault."""


def _faults(error: ValidationError) -> str:
    """What is wrong with a body, field by field; no value of it is repeated."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    told = [
        f"{on_one_line('.'.join(map(str, one['loc'])))[:100]}: {_SAID_PLAINLY.get(one['type'], one['msg'])}"
        for one in found[:MOST_FAULTS]
    ]
    more = [f"and {len(found) - len(told)} more faults"] if len(found) > len(told) else []
    return "; ".join((*told, *more))
