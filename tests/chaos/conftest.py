"""Assertions that stories share explain themselves as those of tests do."""

import pytest

pytest.register_assert_rewrite("tests.chaos.once", "tests.chaos.alone")
