"""The annotations and labels that say whose work an object is, and how times stand in them."""

from __future__ import annotations

from datetime import datetime

REVISION = "deployment.kubernetes.io/revision"
CHANGE_CAUSE = "kubernetes.io/change-cause"
POD_HASH = "pod-template-hash"
REQUEST = "countersign.dev/request"
EARLIER_REQUESTS = "countersign.dev/earlier-requests"
APPROVED_BY = "countersign.dev/approved-by"
REQUESTED_BY = "countersign.dev/requested-by"
APPLIED = "countersign.dev/applied"
"""What of an object the bot itself means to say, as JSON: a manifest, which holds no secret."""
BEFORE = "countersign.dev/before"
"""The same as it was before the last apply."""
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


def time_text(at: datetime) -> str:
    """A time as the cluster writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
