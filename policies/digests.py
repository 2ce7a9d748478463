"""Digests of rules: SHA-256 over canonical JSON (sorted keys, no spaces, UTF-8)."""

from __future__ import annotations

import hashlib
import json


def digest(value: object) -> str:
    """SHA-256 (hex) of a JSON-like value; the order of keys does not count."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
