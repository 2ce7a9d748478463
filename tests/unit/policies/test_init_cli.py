"""`countersign init` writes one more system that passes the check, or says why not and writes nothing."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.catalog import catalog
from bot.cli.init import init
from bot.cli.policies import check
from bot.notify.kinds import outside
from bot.policy_folder import read_folder
from policies.loading import load
from tests.unit.policies.folder import FOLDER

Printed = pytest.CaptureFixture[str]
FLAGS = ["--name", "tickets", "--asks", "o2", "--approves", "o3"]
DOCS = FOLDER.parents[1] / "docs" / "systems" / "http.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "rules"))


def answering(*answers: str) -> tuple[Callable[[str], str], list[str]]:
    """Somebody who gives these answers and then presses return, and what they were asked."""
    left: Iterator[str] = iter(answers)
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return next(left, "")

    return ask, asked


def test_flags_alone_make_a_system_that_passes_the_check(folder: Path, capsys: Printed) -> None:
    assert 0 == main(["init", str(folder), *FLAGS])
    said = capsys.readouterr().out

    assert 0 == check(folder)
    assert "o2 may look at `status` and ask for `pause`, o3 approves" in said
    assert "set TICKETS_URL and TICKETS_TOKEN for the bot" in said
    system = load(read_folder(folder), catalog(), outside()).systems["tickets"]
    assert "${TICKETS_TOKEN}" == system.settings["token"]
    assert "POST /pause" == system.routes.actions["pause"].send


def test_a_folder_that_tells_people_outside_slack_takes_one_more_system(folder: Path) -> None:
    on_call = folder / "on_call.yaml"
    spare = "  spare:\n    kind: webhook\n    settings: {url: '${SPARE_URL}', secret: '${SPARE_SECRET}'}\n"
    on_call.write_text(on_call.read_text().replace("\nnotifiers:\n", f"\nnotifiers:\n{spare}", 1))
    assert spare in on_call.read_text()

    assert 0 == main(["init", str(folder), *FLAGS])


def test_the_next_step_that_is_told_works(folder: Path, capsys: Printed) -> None:
    main(["init", str(folder), *FLAGS])
    told = re.search(r'countersign (explain .*) "(.*)"', capsys.readouterr().out)
    assert told is not None

    assert 0 == main([*told[1].split(), told[2]])
    assert "pause on tickets" in capsys.readouterr().out


def test_every_answer_lands_in_the_file(folder: Path) -> None:
    more = {
        "title": 'Tickets "of" Ünit',
        "channel": "#unit",
        "url-variable": "T_URL",
        "token-variable": "T_TOKEN",
        "reading": "queue",
        "get": "/v1/queue?full=1",
        "field": "state.mode",
        "action": "stop-work",
        "send": "PUT /v1/queue/mode",
        "before": "running",
        "after": "3",
    }
    given: dict[str, str | None] = {"name": "tickets", "asks": "o1", "approves": "o2", **more}

    assert 0 == init(folder, given, None)

    system = load(read_folder(folder), catalog(), outside()).systems["tickets"]
    route = system.routes.actions["stop-work"]
    assert ('Tickets "of" Ünit', "#unit", "${T_URL}") == (
        system.title,
        system.channel,
        system.settings["url"],
    )
    assert "GET /v1/queue?full=1" == system.routes.readings["queue"].send
    assert route.before is not None
    assert route.after is not None
    assert ({"state.mode": "running"}, {"state.mode": 3}) == (route.before.where, route.after.where)
    assert ("o1",) == system.actions["stop-work"].request


def test_a_person_is_asked_for_what_no_flag_says_and_asked_again(folder: Path, capsys: Printed) -> None:
    ask, asked = answering("Tickets!", "tickets", "", "", "", "", "operator", "o2")

    assert 0 == init(folder, {"approves": "o3"}, ask)

    said = capsys.readouterr().out
    assert "`Tickets!` cannot stand here" in said
    assert "unknown role `operator`: the roles are o1, o2, o3" in said
    assert "What people call it [Tickets]: " in asked
    assert "Role that looks and asks (o1, o2, o3): " in asked
    assert not any("approves" in question for question in asked)
    assert 0 == check(folder)


def test_a_name_that_is_taken_is_told_at_once_and_a_path_that_cannot_be_costs_no_answer(
    folder: Path, capsys: Printed
) -> None:
    ask, asked = answering(
        "", "auditron", "tickets", "Unit's tickets", "", "", "", "o2", "o3", "", "//elsewhere"
    )

    assert 2 == init(folder, {}, ask)

    said = capsys.readouterr().out
    assert 3 == asked.count("Name of the system: ")
    assert "an answer is needed here" in said
    assert "`auditron` is a system already" in said
    again = shlex.split(said.rsplit("\n  ", 1)[1])
    again[again.index("//elsewhere")] = "/status"
    assert 0 == main(again[1:])
    assert 'title: "Unit\'s tickets"' in (folder / "systems" / "tickets.yaml").read_text()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--name", "Tickets"], "--name: `Tickets` cannot stand here"),
        (["--asks", "operator"], "--asks: unknown role `operator`"),
        (["--send", "GET /pause"], "routes.actions.pause.send: a GET changes nothing"),
        (["--get", "//elsewhere"], "routes.readings.status.send: `//elsewhere` is no path"),
        (["--get", "/a#b"], "is no path"),
        (["--action", "status"], "`routes.readings` has `status` already"),
        (
            ["--name", "auditron"],
            "--name: `auditron` is a system already; take another name, or edit systems/",
        ),
        (["--channel", "ops"], "--channel: `ops` is no channel name"),
        (["--title", "x" * 101], "--title: write 1 to 100 characters here, not 101"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    folder: Path, capsys: Printed, more: list[str], told: str
) -> None:
    before = read_folder(folder)

    assert 2 == main(["init", str(folder), *FLAGS, *more])
    assert told in capsys.readouterr().out
    assert before == read_folder(folder)


def test_without_anybody_to_ask_the_missing_flag_is_named(folder: Path, capsys: Printed) -> None:
    assert 2 == init(folder, {"name": "tickets"}, None)
    assert "--asks is missing; give it, or run this in a terminal to be asked\n" == capsys.readouterr().out


def test_a_folder_with_faults_is_mended_first(folder: Path, capsys: Printed) -> None:
    (folder / "roles.yaml").write_text("roles: {}\n")

    assert 2 == main(["init", str(folder), *FLAGS])
    assert "roles.yaml" in capsys.readouterr().out


def test_breaking_off_writes_nothing(folder: Path, capsys: Printed) -> None:
    def gone(question: str) -> str:
        raise EOFError

    assert 2 == init(folder, {}, gone)
    assert "nothing was written" in capsys.readouterr().out


def test_the_example_of_the_docs_passes_the_check(folder: Path) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    (folder / "systems" / "tickets.yaml").write_text(example)

    assert 0 == check(folder)
