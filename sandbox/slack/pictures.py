"""What Slack finds out about an uploaded image: which kind it is, and how large."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_PNG, _GIF, _JPEG = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a"), b"\xff\xd8\xff"


@dataclass(frozen=True)
class Picture:
    """An image of one of the kinds that blocks can show: png, jpg and gif."""

    mimetype: str
    width: int = 0
    height: int = 0


def picture_in(content: bytes) -> Picture | None:
    """The image that begins here; None when it is none. Sizes are read where they stand at the beginning."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR" and len(content) >= 24:
        return Picture("image/png", *struct.unpack(">II", content[16:24]))
    if content.startswith(_GIF) and len(content) >= 10:
        return Picture("image/gif", *struct.unpack("<HH", content[6:10]))
    return Picture("image/jpeg") if content.startswith(_JPEG) else None
