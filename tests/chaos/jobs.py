"""A command runs as a Job that two people agreed to: one Job, told once, wherever a replica dies."""

from __future__ import annotations

from tests.chaos.approved import ApprovedStory, asked
from tests.scenarios.room import Room
from tests.scenarios.workloads import cluster_says

JOBS = "/apis/batch/v1/namespaces/auditron/jobs"


class JobStory(ApprovedStory):
    """Something is counted in the database."""

    async def changed_once(self, room: Room) -> None:
        """There is one Job of this request, and it has succeeded."""
        found = (await cluster_says(room, JOBS))["items"]
        stamps = [one["metadata"]["annotations"]["countersign.dev/request"] for one in found]
        assert 1 == stamps.count(self.request)
        (made,) = (one for one in found if self.request.lower() in one["metadata"]["name"])
        assert 1 == made["status"]["succeeded"]


async def a_job(room: Room) -> JobStory:
    """A request that waits for Ruth."""
    return JobStory(*await asked(room, "auditron run-job db-size because it must be known"))
