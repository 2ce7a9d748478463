"""The request id in a silence's comment: Alertmanager makes ids itself, so this is how a silence is known."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.actions import Order
from handlers.actions.alertmanager import wording as w
from handlers.actions.alertmanager.ports import Silence

_LONGEST_REASON, _LONGEST_NAMES = 500, 200


def comment(order: Order) -> str:
    """Why, who approved it, and at the very end the request: nothing that people write can stand there."""
    approved = w.APPROVED_BY.format(who=" and ".join(order.approvers)) if order.approvers else ""
    return w.COMMENT.format(
        reason=order.reason[:_LONGEST_REASON],
        by=approved[:_LONGEST_NAMES],
        stamp=w.STAMP.format(id=order.request_id),
    )


def maker(order: Order) -> str:
    """Who asked, with the ids that do not change."""
    return ", ".join(one.signed for one in order.requested_by) or w.MAKER


def stamped(silences: Iterable[Silence], request_id: str) -> list[Silence]:
    """The silences with this request's stamp: those that hide something first, the earliest first."""
    stamp = w.STAMP.format(id=request_id)
    found = [one for one in silences if one.comment.endswith(stamp)]
    return sorted(found, key=lambda one: (one.is_over, one.starts, one.id))
