"""What the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notify.certificates import certificate_in


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of localhost with its key, in one file."""
    return certificate_in(tmp_path_factory.mktemp("tls"))
