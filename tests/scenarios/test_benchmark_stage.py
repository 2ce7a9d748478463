"""`make bench` plays whole stories: each must still reach its end. No figure of it is asserted anywhere."""

from __future__ import annotations

from pathlib import Path

from benchmarks.approvals import countersign_stage
from benchmarks.cluster_sink import DEPLOYMENTS
from benchmarks.cores import plan


async def test_an_approval_in_the_benchmark_reaches_its_cluster(tmp_path: Path) -> None:
    async with countersign_stage(plan(), tmp_path / "bench") as (stage, _):
        latencies = await stage.round(DEPLOYMENTS[:1], 101)
    assert len(latencies) == 1
