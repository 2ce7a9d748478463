"""Who asked and who approved stands on the target, bounded and readable."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.systems.kubernetes.marks import APPROVED_BY, REQUESTED_BY
from bot.systems.kubernetes.patches import scaled
from handlers.actions import Signatory
from handlers.actions.kubernetes.objects import Deployment, Rollout, Stamp, Template

SEEN = Deployment("api", "u-1", "7", 3, False, 1, Template("", ()), Rollout(True, 3, 3, 3, 3))
PEOPLE = st.lists(st.builds(Signatory, st.from_regex(r"U[A-Z0-9]{8,10}", fullmatch=True), st.text()))


@given(PEOPLE, PEOPLE)
def test_names_are_bounded_one_line_and_no_id_is_cut(asked: list[Signatory], agreed: list[Signatory]) -> None:
    stamp = Stamp("R-1", [one.signed for one in agreed], datetime.now(UTC), [one.signed for one in asked])
    annotations = scaled(SEEN, stamp, 5)["metadata"]["annotations"]

    for people, written in ((asked, annotations[REQUESTED_BY]), (agreed, annotations[APPROVED_BY])):
        assert len(written) <= 520
        assert len(written.splitlines()) <= 1
        told = [one for one in people if f"({one.user})" in written]
        assert len(told) == len(people) or written.endswith("more")
