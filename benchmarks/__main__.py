"""`python -m benchmarks`: measure, print the table, write it as JSON under build/."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.run import main

try:
    status = asyncio.run(main())
except (KeyboardInterrupt, asyncio.CancelledError):
    print("ended before it was done; nothing was written", file=sys.stderr)
    status = 130
sys.exit(status)
