"""`handlers.ports.sealing.Sealer`: marks made with a key that the store (and its operator) never sees."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class HmacSealer:
    """HMAC-SHA256 with a key derived (HKDF, RFC 5869) from the secrets that every replica has.

    Changing one of those secrets makes pending approvals count no longer: they are asked for again, unless
    `earlier` has the secrets that they were before. These verify what was marked then, and mark nothing.
    """

    def __init__(self, *secrets: str, earlier: Iterable[tuple[str, ...]] = ()) -> None:
        self._key = _key_from(secrets)
        self._verifying = (self._key, *map(_key_from, earlier))

    def mac(self, *parts: str) -> str:
        """A message authentication code over the parts, hex."""
        return _mac(self._key, parts)

    def verify(self, mac: str, *parts: str) -> bool:
        """Whether `mac` was made over these parts, in constant time for each key."""
        return any(hmac.compare_digest(_mac(key, parts).encode(), mac.encode()) for key in self._verifying)


def _key_from(secrets: tuple[str, ...]) -> bytes:
    if not all(secrets):
        raise ValueError("a sealing key cannot be made from empty secrets")
    material = b"".join(hashlib.sha256(secret.encode()).digest() for secret in secrets)
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"countersign approvals v1")
    return derive.derive(material)


def _mac(key: bytes, parts: tuple[str, ...]) -> str:
    message = b"".join(len(part).to_bytes(4, "big") + part for part in map(str.encode, parts))
    return hmac.digest(key, message, "sha256").hex()
