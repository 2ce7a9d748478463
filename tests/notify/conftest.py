"""What the tests of this folder share."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import pytest

from sandbox.certificate import serving_certificate


@dataclass(frozen=True)
class Certified:
    """What a service of this machine speaks TLS with, and the file of who vouches for it."""

    context: ssl.SSLContext
    ca_file: str


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """A self-signed certificate of localhost."""
    context, authority = serving_certificate("localhost")
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    path.write_bytes(authority)
    return Certified(context, str(path))
