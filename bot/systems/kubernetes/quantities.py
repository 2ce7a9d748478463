"""Amounts of CPU and memory as Kubernetes writes them.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

_SUFFIXES: Mapping[str, Decimal] = {
    "": Decimal(1),
    **{
        suffix: Decimal(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", 1)},
}
_FORM = re.compile(
    r"(?P<number>[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20}))"
    r"(?:(?P<exponent>[eE][+-]?[0-9]{1,2})|(?P<suffix>[numkMGTPE]|[KMGTPE]i))?"
)


def quantity(text: str) -> Decimal:
    """`250m` is a quarter, `1Ki` 1024, `1e3` 1000; nothing where it cannot be read."""
    found = _FORM.fullmatch(text)
    if found is None:
        return Decimal(0)
    return Decimal(found["number"] + (found["exponent"] or "")) * _SUFFIXES[found["suffix"] or ""]


def thousandths(text: str) -> int:
    """CPU in thousandths of a core."""
    return round(quantity(text) * 1000)
