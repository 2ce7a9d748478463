"""`python -m benchmarks`: measure, print the table, write it as JSON under build/."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.run import main

sys.exit(asyncio.run(main()))
