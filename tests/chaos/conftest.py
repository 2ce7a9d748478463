"""Assertions that stories share explain themselves as those of tests do."""

import pytest

_STORIES = "approved", "asked", "containments", "deployments", "fabric", "jobs", "rotations", "silences"
pytest.register_assert_rewrite(*(f"tests.chaos.{name}" for name in ("once", "alone", *_STORIES)))
