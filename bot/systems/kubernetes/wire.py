"""How the cluster's answers are read: what every object has. What is not named passes unread."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bot.systems.kubernetes.calls import Json
from bot.systems.kubernetes.marks import EARLIER_REQUESTS, REQUEST
from handlers.errors import DoNotRetry

NOT_AS_PROMISED = "The cluster's answer is not what its API promises ({where})."

_T = TypeVar("_T")
Or = BeforeValidator(lambda value: {} if value is None else value)
"""Go writes an empty map as null now and then."""
Texts = Annotated[dict[str, str], Or]
Lists = BeforeValidator(lambda value: [] if value is None else value)


class Read(BaseModel):
    """A part of an object, with the fields that matter here."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )


class Owner(Read):
    """Whose an object is."""

    uid: str
    controller: bool = False


class Meta(Read):
    """The metadata of any object."""

    name: str
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    annotations: Texts = {}
    labels: Texts = {}
    owner_references: Annotated[tuple[Owner, ...], Lists] = ()


class Condition(Read):
    """One thing that a status says, «True», «False» or «Unknown»."""

    type: str
    status: str
    reason: str = ""


class _Items(Read):
    items: Annotated[tuple[Json, ...], Lists] = Field(default=())


_Model = TypeVar("_Model", bound=Read)


def read(model: type[_Model], found: Json) -> _Model:
    """Raises DoNotRetry when the object lacks what every such object has."""
    try:
        return model.model_validate(found)
    except ValidationError as faulty:
        where = ".".join(str(part) for part in faulty.errors()[0]["loc"])
        raise DoNotRetry(NOT_AS_PROMISED.format(where=where), "not-as-promised") from faulty


def requests_of(meta: Meta) -> tuple[str, ...]:
    """The stamps that an object carries, newest first."""
    earlier = meta.annotations.get(EARLIER_REQUESTS, "").split()
    return (*meta.annotations.get(REQUEST, "").split(), *earlier)


def items(found: Json) -> tuple[Json, ...]:
    return read(_Items, found).items


def age_of(meta: Meta, now: datetime) -> timedelta:
    return now - meta.creation_timestamp if meta.creation_timestamp else timedelta(0)
