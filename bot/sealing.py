"""`handlers.ports.sealing.Sealer`: marks made with a key that the store (and its operator) never sees."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class HmacSealer:
    """HMAC-SHA256 with a key derived (HKDF, RFC 5869) from the secrets that every replica has.

    Changing one of those secrets makes pending approvals count no longer: they are asked for again.
    """

    def __init__(self, *secrets: str) -> None:
        if not all(secrets):
            raise ValueError("a sealing key cannot be made from empty secrets")
        material = b"".join(hashlib.sha256(secret.encode()).digest() for secret in secrets)
        derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"countersign approvals v1")
        self._key = derive.derive(material)

    def mac(self, *parts: str) -> str:
        """A message authentication code over the parts, hex."""
        message = b"".join(len(part).to_bytes(4, "big") + part for part in map(str.encode, parts))
        return hmac.digest(self._key, message, "sha256").hex()

    def verify(self, mac: str, *parts: str) -> bool:
        """Whether `mac` was made over these parts, in constant time."""
        return hmac.compare_digest(self.mac(*parts).encode(), mac.encode())
