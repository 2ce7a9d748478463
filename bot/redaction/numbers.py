"""Values that only a calculation tells from ordinary ones: cards, bank accounts, random strings, URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from handlers.redaction import Kind

Span = tuple[int, int, Kind]

_CARD = re.compile(r"(?<![\w.])[2-6]\d{3}(?:[ -]?\d){9,15}(?!\w|\.\d)")
_ACCOUNT = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_RANDOM = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{24,}+")
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{48,}+={0,2}")
"""Such as a line of a private key whose first line stands further up than was read."""
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/])")
_WORD = re.compile(r"[^\s\"'`<>]++")
_LEAST_TURNS = 0.45
"""Share of characters that are of another class (capital, small, digit) than the one before: about 0.64 where
chance wrote them, under 0.4 in words written together."""
_LEAST_TURNS_OF_MANY = 0.3
"""Of exactly forty characters or very many: little else that long has both letter cases and digits."""
_VERY_MANY, _LEAST_TURNS_WITHOUT_DIGIT = 48, 0.4
_SHAPES = ((_RANDOM, _LEAST_TURNS), (_ENCODED, _LEAST_TURNS_OF_MANY), (_AWS_SECRET, _LEAST_TURNS_OF_MANY))


def numbers(line: str) -> Iterator[Span]:
    """Every such value of a line."""
    for found in _CARD.finditer(line):
        if _luhn([int(one) for one in found[0] if one.isdigit()]):
            yield *found.span(), Kind.CARD
    for found in _ACCOUNT.finditer(line):
        if _mod_97(found[0].replace(" ", "")):
            yield *found.span(), Kind.ACCOUNT
    for shape, turns in _SHAPES:
        for found in shape.finditer(line):
            if _looks_random(found[0], turns):
                yield *found.span(), Kind.RANDOM
    if "://" in line:
        for found in _WORD.finditer(line):
            yield from _in_url(found[0], found.start())


def _luhn(digits: list[int]) -> bool:
    """The check digit of payment cards (ISO/IEC 7812)."""
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _mod_97(account: str) -> bool:
    """The check digits of an IBAN (ISO 13616)."""
    return (
        len(account) <= 34 and int("".join(str(int(one, 36)) for one in account[4:] + account[:4])) % 97 == 1
    )


def _looks_random(text: str, turns: float) -> bool:
    """Both letter cases, digits, and as many turns as chance makes; digests and uids have one letter case."""
    classes = [_class(one) for one in text]
    if not {"capital", "small"} <= {*classes}:
        return False
    if "digit" not in classes:
        turns = _LEAST_TURNS_WITHOUT_DIGIT if len(text) >= _VERY_MANY else 1.0
    return sum(before != after for before, after in pairwise(classes)) >= turns * (len(text) - 1)


def _class(one: str) -> str:
    if one.isdigit():
        return "digit"
    return "capital" if one.isupper() else "small" if one.islower() else "other"


def _in_url(word: str, begins: int) -> Iterator[Span]:
    """The password of `scheme://user:password@host`, or a user without one, which may be a token.

    Up to the last @: a password may hold one, and an unescaped slash.
    """
    scheme, at = word.find("://"), word.rfind("@")
    if scheme < 0 or at < scheme:
        return
    user = scheme + 3
    colon = word.find(":", user, at)
    first = user if colon < 0 else colon + 1
    if first < at:
        yield begins + first, begins + at, Kind.PASSWORD
