"""A report becomes a message that Slack takes, and a file where it is too long for one."""

from __future__ import annotations

from handlers.actions import Report
from handlers.looking.reporting import MOST_IN_FILE, MOST_LISTED, Told, aligned, tell
from handlers.messages import plain

LINE = "2026-11-21T09:30:00Z GET /audits 200"


def said(told: Told) -> list[str]:
    return [plain(line) for line in told.card.body]


def test_a_short_text_is_shown_as_it_is() -> None:
    told = tell(Report("3 lines.", text="a\n  b\nc"), "log.txt")
    assert ("a\n  b\nc", None) == (told.card.listing, told.file)


def test_a_long_text_goes_as_a_file_whole() -> None:
    text = "\n".join([LINE] * 200)
    assert len(text) > MOST_LISTED
    told = tell(Report("200 lines.", text=text), "log.txt", ("Ask for less.",))
    assert "" == told.card.listing
    assert [
        "200 lines.",
        "200 lines are too many for a message: they are in log.txt, in your direct messages with me.",
        "Ask for less.",
    ] == said(told)
    assert told.file is not None
    assert ("log.txt", "200 lines.", f"{text}\n") == (told.file.name, told.file.title, told.file.text)


def test_a_file_that_would_be_too_long_is_cut_between_lines_and_says_so() -> None:
    lines = [f"{number:06} {LINE}" for number in range(20_000)]
    told = tell(Report("Many.", text="\n".join(lines)), "log.txt")
    assert told.file is not None
    *kept, last = told.file.text.splitlines()
    assert lines[: len(kept)] == kept
    assert f"… cut here: {20_000 - len(kept)} more lines. Ask for less to see them." == last
    assert len("\n".join(kept)) <= MOST_IN_FILE


def test_one_endless_line_is_cut_too() -> None:
    told = tell(Report("One line.", text="x" * (2 * MOST_IN_FILE)), "log.txt")
    assert told.file is not None
    assert len(told.file.text) < MOST_IN_FILE + 100


def test_rows_that_do_not_fit_are_counted_and_all_are_in_the_file() -> None:
    rows = tuple((f"pod-{number}", "Running") for number in range(300))
    told = tell(Report("300 pods.", columns=("Pod", "State"), rows=rows), "pods.txt")
    assert told.card.table is not None
    shown = len(told.card.table.rows)
    assert rows[:shown] == told.card.table.rows
    more = f"{300 - shown} more rows: all of them are in pods.txt, in your direct messages with me."
    assert ["300 pods.", more] == said(told)
    assert told.file is not None
    assert 301 == len(told.file.text.splitlines())


def test_rows_stand_below_one_another() -> None:
    assert "Pod   State\na     Running\nlong  a b" == aligned(
        (("Pod", "State"), ("a", "Running"), ("long", "a\nb"))
    )
    assert "Pod  -\n-    x" == aligned((("Pod", ""), ("", "x")))


def test_a_report_that_fits_says_nothing_of_files() -> None:
    told = tell(Report("1 pod.", columns=("Pod",), rows=(("a",),)), "pods.txt", ("Ask for less.",))
    assert (["1 pod."], None) == (said(told), told.file)
