"""`countersign init`: a few questions, and the policy file of one more HTTP system, checked and written."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from bot.catalog import catalog
from bot.cli.policies import FAULTY, OK
from bot.notify.kinds import outside
from bot.policy_folder import read_book, read_folder
from policies import fields as f
from policies.faults import PolicyFaults, unknown
from policies.loading import load
from policies.routes import FieldPath, Send

Answers = Mapping[str, str]
Ask = Callable[[str], str]

_EXISTS = "{file} is there already; nothing was written. Take another name, or edit that file."
_SYSTEM = "`{name}` is a system already; take another name, or edit systems/{name}.yaml"
_EMPTY = "an answer is needed here"
_AGAIN = "Nothing was written. Your answers, to be put right and given again:\n  {words}"
_NOT_GIVEN = "--{flag} is missing; give it, or run this in a terminal to be asked"
_UNWRITABLE = "{file} cannot be written ({why})"
_BROKEN_OFF = "\nBroken off; nothing was written."
_WRITTEN = """\
Wrote {file}: {asks} may look at `{reading}` and ask for `{action}`, {approves} approves.
Next:
  set {url-variable} and {token-variable} for the bot
  countersign check {folder}
  countersign explain --policies {folder} --user U0SOMEBODY --roles {asks} "{name} {action}"
docs/systems/http.md tells what each line of the file means."""


@dataclass(frozen=True)
class _Known:
    """What the folder has already."""

    roles: tuple[str, ...]
    systems: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One thing that must be known: its flag, what is asked, what is proposed, and what an answer must be."""

    flag: str
    ask: str
    proposal: Callable[[Answers], str]
    form: Any
    is_role: bool = False
    is_new: bool = False

    def against(self, answer: str, known: _Known) -> str:
        """Why an answer cannot be; empty when it can."""
        if not answer:
            return _EMPTY
        if self.is_role:
            return "" if answer in known.roles else unknown("role", answer, known.roles)
        if self.is_new and answer in known.systems:
            return _SYSTEM.format(name=answer)
        try:
            TypeAdapter(self.form).validate_python(answer)
        except ValidationError as error:
            return error.errors(include_url=False)[0]["msg"]
        return ""


def _propose(text: str) -> Callable[[Answers], str]:
    return lambda _: text


def _variable(ending: str) -> Callable[[Answers], str]:
    return lambda known: f"{known['name'].upper().replace('-', '_')}_{ending}"


_Variable = Annotated[str, f.shaped(r"[A-Z][A-Z0-9_]*", "write a variable's name like `TICKETS_URL`")]
_Path = Annotated[str, f.shaped(r"/\S*", "write a path like `/queue`")]
_Value = Annotated[str, f.shaped(r"[\w.:-]{1,80}", "write one value, like `true`")]
QUESTIONS = (
    Question("name", "Name of the system", _propose(""), f.Name, is_new=True),
    Question("title", "What people call it", lambda known: known["name"].replace("-", " ").title(), f.Title),
    Question("channel", "Channel where its requests are shown", _propose("#ops-alerts"), f.Channel),
    Question("url-variable", "Environment variable with its address", _variable("URL"), _Variable),
    Question("token-variable", "Environment variable with its token", _variable("TOKEN"), _Variable),
    Question("asks", "Role that looks and asks", _propose(""), f.Name, is_role=True),
    Question("approves", "Role that approves", _propose(""), f.Name, is_role=True),
    Question("reading", "Name of what can be looked at", _propose("status"), f.Name),
    Question("get", "Path that tells it", lambda known: f"/{known['reading']}", _Path),
    Question("field", "Field of its answer that the action changes", _propose("paused"), FieldPath),
    Question("action", "Name of the action", _propose("pause"), f.Name),
    Question("send", "What the action sends", lambda known: f"POST /{known['action']}", Send),
    Question("before", "The field's value before it", _propose("false"), _Value),
    Question("after", "The field's value after it", _propose("true"), _Value),
)


class _Wrong(Exception):
    """An answer that cannot be, or that nobody gave."""


def init(folder: Path, given: Mapping[str, str | None], ask: Ask | None) -> int:
    """Write `systems/<name>.yaml` into a policy folder: from flags, from answers, or from what is proposed.

    `ask` puts a question to a person; None when nobody is there. Exit status 2 when something is missing
    or wrong, and then nothing is written.
    """
    answers: dict[str, str] = {}
    try:
        _answer(answers, _known(folder), given, ask)
        file = folder / "systems" / f"{answers['name']}.yaml"
        _write(folder, file, policy_text(answers))
    except (_Wrong, PolicyFaults) as wrong:
        print(wrong)
        if ask is not None and answers:
            print(_AGAIN.format(words=_as_flags(folder, answers)))
        return FAULTY
    except (EOFError, KeyboardInterrupt):
        print(_BROKEN_OFF)
        return FAULTY
    print(_WRITTEN.format_map({**answers, "file": file, "folder": folder}))
    return OK


def _known(folder: Path) -> _Known:
    book = read_book(folder)
    return _Known(tuple(book.roles), tuple(book.systems))


def _as_flags(folder: Path, answers: Answers) -> str:
    flags = [word for flag, answer in answers.items() for word in (f"--{flag}", answer)]
    return shlex.join(["countersign", "init", str(folder), *flags])


def _answer(answers: dict[str, str], known: _Known, given: Mapping[str, str | None], ask: Ask | None) -> None:
    """Fill `answers`, question by question. Raises _Wrong for one that cannot be, where nobody is there."""
    for question in QUESTIONS:
        proposed = question.proposal(answers)
        answer = given.get(question.flag)
        if answer is None and ask is not None:
            answers[question.flag] = _asked(question, proposed, known, ask)
            continue
        answer = answer or proposed
        why = question.against(answer, known) if answer else _NOT_GIVEN.format(flag=question.flag)
        if why:
            raise _Wrong(f"--{question.flag}: {why}" if answer else why)
        answers[question.flag] = answer


def _asked(question: Question, proposed: str, known: _Known, ask: Ask) -> str:
    """What a person answers; asked again until it can be."""
    hint = f" ({', '.join(known.roles)})" if question.is_role else f" [{proposed}]" if proposed else ""
    while True:
        answer = ask(f"{question.ask}{hint}: ").strip() or proposed
        why = question.against(answer, known)
        if not why:
            return answer
        print(f"  {why}")


def _write(folder: Path, file: Path, text: str) -> None:
    """Write a file that the folder can have. Raises _Wrong or PolicyFaults before anything is written."""
    if file.exists():
        raise _Wrong(_EXISTS.format(file=file))
    load({**read_folder(folder), f"systems/{file.name}": text}, catalog(), outside())
    try:
        file.parent.mkdir(exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise _Wrong(_UNWRITABLE.format(file=file, why=error.strerror)) from error


def policy_text(answers: Answers) -> str:
    """The policy file that the answers describe."""
    quoted = {key: json.dumps(answers[key], ensure_ascii=False) for key in ("title", "channel")}
    words = answers["action"].replace("-", " ").capitalize()
    label = answers["field"].rsplit(".", 1)[-1].replace("_", " ").capitalize()
    values = {key: _scalar(answers[key]) for key in ("before", "after")}
    return _POLICY.format_map({**answers, **quoted, **values, "words": words, "label": label})


def _scalar(text: str) -> str:
    plain = text in ("true", "false") or re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", text)
    return text if plain else json.dumps(text)


_POLICY = """\
# {name}: a JSON API. What stands under `routes` says how it is spoken to, `read` and `actions` say who may.
system: {name}
kinds: [http]
title: {title}

# Requests made outside a thread get their card here.
channel: {channel}

settings:
  url: ${{{url-variable}}}
  token: ${{{token-variable}}}

# Looking changes nothing, so nobody approves it.
read: {{roles: [{asks}], what: [{reading}]}}

actions:
  # One person asks, another approves.
  {action}:
    title: {words}
    request: [{asks}]
    approve: {{roles: [{approves}], count: 1}}

routes:
  readings:
    {reading}:
      title: {title}
      send: GET {get}
      # Label: field of the answer.
      show: {{{label}: {field}}}

  actions:
    {action}:
      target: {name}
      send: {send}
      # Looked at when somebody asks, and again right before it is sent; `seal` is what the approval covers.
      before: {{reading: {reading}, where: {{{field}: {before}}}, seal: [{field}]}}
      # Read back before anybody says that it happened.
      after: {{reading: {reading}, where: {{{field}: {after}}}}}
      # The action that undoes it, when there is one.
      way_back: none
      # `by-nature` when doing it twice is doing it once, `by-key` when the API honours the Idempotency-Key.
      idempotent: no
"""
