"""A measured value in words, the same on the axis, in the legend and in what a screen reader says."""

from __future__ import annotations

_PARTS = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
_MANY = ((1e12, "T"), (1e9, "G"), (1e6, "M"))
"""Below a million people read the number itself."""
SHORT = frozenset({"ratio", "percent", "bytes", "seconds"})
"""Units that have a sign of their own, which stands behind every value."""
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def spoken(value: float, unit: str = "") -> str:
    """`0.034` of `ratio` is `3.4 %`; seconds take SI prefixes, bytes binary ones."""
    if unit == "ratio":
        return f"{_short(value * 100)} %"
    if unit == "percent":
        return f"{_short(value)} %"
    if unit == "bytes":
        return _bytes(value)
    if unit == "seconds":
        return _scaled(value, _PARTS) + "s"
    return f"{_scaled(value, _MANY).rstrip()} {unit}".rstrip()


def _scaled(value: float, sizes: tuple[tuple[float, str], ...]) -> str:
    size, prefix = next((one for one in sizes if abs(value) >= one[0]), (1.0, ""))
    return f"{_short(value / size)} {prefix}"


def _bytes(value: float) -> str:
    for name in _BINARY[:-1]:
        if abs(value) < 1024:
            return f"{_short(value)} {name}"
        value /= 1024
    return f"{_short(value)} {_BINARY[-1]}"


def _short(number: float) -> str:
    """Four digits or more, and no exponent for a number that people can read."""
    return f"{number:.4g}" if abs(number) < 999.5 else f"{number:,.0f}"
