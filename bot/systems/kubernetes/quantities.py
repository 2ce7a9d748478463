"""Amounts of CPU and memory as Kubernetes writes them.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

_SUFFIXES: Mapping[str, Decimal] = {
    **{
        suffix: Decimal(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", 1)},
}


def amount(text: str) -> Decimal:
    """`250m` is a quarter, `1Ki` 1024, `1e3` 1000; what cannot be read is nothing."""
    suffix = next((one for one in sorted(_SUFFIXES, key=len, reverse=True) if text.endswith(one)), "")
    try:
        number = Decimal(text.removesuffix(suffix))
    except InvalidOperation:
        return Decimal(0)
    return number * _SUFFIXES[suffix] if suffix else number


def thousandths(text: str) -> int:
    """CPU in thousandths of a core."""
    return round(amount(text) * 1000)
