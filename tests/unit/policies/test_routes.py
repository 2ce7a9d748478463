"""Routes in a policy: what they may say, and what their authors are told when they cannot be."""
# ruff: noqa: E501

from __future__ import annotations

import pytest

from policies.catalog import Catalog, Kind
from policies.faults import PolicyFaults
from policies.loading import load
from policies.routes import fill, names_in, parse_send
from policies.schema import PolicyBook
from tests.unit.policies.folder import CATALOG, ON_CALL, OUTSIDE, ROLES, SEVERITIES, shipped

LEDGER = "systems/ledger.yaml"
KINDS: Catalog = {
    **CATALOG,
    "http": Kind(
        actions=frozenset(),
        settings=frozenset({"url"}),
        optional_settings=frozenset({"token"}),
        routes=True,
    ),
    "cluster": Kind(actions=frozenset({"restart"})),
}
TEXT = """\
system: ledger
kinds: [http]
title: Ledger
channel: "#ops-critical"
settings:
  url: ${LEDGER_URL}
  token: ${LEDGER_TOKEN}
read: {roles: [o1], what: [tokens]}
actions:
  revoke-tokens:
    title: Revoke tokens
    request: [o2]
    approve: {roles: [o3]}
routes:
  readings:
    tokens:
      title: Active tokens
      send: GET /tokens?status=active
      each: tokens
      id: token_id
      more: next
      show: {Owner: owner}
    queue:
      title: The queue
      takes:
        since: {type: ago, default: 1h}
      send: GET /queue?since=$since
      show: {Paused: paused}
  actions:
    revoke-tokens:
      takes:
        token_ids: {type: list, pattern: "[a-z0-9-]{3,64}", most: 50}
      send: POST /tokens/revoke
      body: {token_ids: $token_ids, reason: $reason}
      before: {reading: tokens, has: $token_ids, seal: [owner]}
      after: {reading: tokens, lacks: $token_ids}
      way_back: none
      idempotent: by-nature
    pause:
      send: POST /queue/pause
      before: {reading: queue, where: {paused: false}}
      after: {reading: queue, where: {paused: true}}
      way_back: resume
    resume:
      send: POST /queue/resume
      before: none
      after: none
      way_back: pause
"""
REVOKE, TOKENS, QUEUE = "routes.actions.revoke-tokens", "routes.readings.tokens", "routes.readings.queue"

# text in it, what it is replaced by, the key and the message that must follow
MISTAKES = {
    "a name of another kind": ("kinds: [http]\ntitle", "kinds: [http, cluster]\ntitle", "routes.actions.restart", "`cluster` has `restart` already; give this one another name"),
    "unknown key": ("each: tokens", "eech: tokens", f"{TOKENS}.eech", "unknown key `eech`; did you mean `each`?"),
    "unknown granted action": ("  revoke-tokens:\n    title", "  revoke-token:\n    title", "actions.revoke-token", "unknown action `revoke-token`; did you mean `revoke-tokens`?"),
    "unknown granted reading": ("what: [tokens]", "what: [token]", "read.what[0]", "unknown reading `token`; did you mean `tokens`?"),
    "no method": ("GET /queue?since=$since", "/queue?since=$since", f"{QUEUE}.send", "`/queue?since=$since` is no request; write it like `POST /api/queue/pause`"),
    "another method": ("POST /tokens/revoke", "TRACE /tokens/revoke", f"{REVOKE}.send", "`TRACE /tokens/revoke` is no request; write it like `POST /api/queue/pause`"),
    "another host": ("POST /tokens/revoke", "POST //evil.example/tokens", f"{REVOKE}.send", "`//evil.example/tokens` is no path; write one like `/api/keys/$key_id/revoke`"),
    "a full address": ("POST /tokens/revoke", "POST https://evil.example/tokens", f"{REVOKE}.send", "`https://evil.example/tokens` is no path; write one like `/api/keys/$key_id/revoke`"),
    "a path that goes up": ("POST /tokens/revoke", "POST /tokens/../admin", f"{REVOKE}.send", "a path does not go up or stay; write it without `.` and `..`"),
    "an encoded path": ("POST /tokens/revoke", "POST /tokens/%2e%2e/admin", f"{REVOKE}.send", "`/tokens/%2e%2e/admin` is no path; write one like `/api/keys/$key_id/revoke`"),
    "a fragment": ("?status=active", "?status=active#x", f"{TOKENS}.send", "`?status=active#x` is no query; write it like `?status=active&since=$since`"),
    "a reading that changes": ("GET /tokens?status=active", "POST /tokens", f"{TOKENS}.send", "a reading changes nothing; write `GET /…`"),
    "an action that changes nothing": ("send: POST /queue/pause", "send: GET /queue/pause", "routes.actions.pause.send", "a GET changes nothing; write POST, PUT, PATCH or DELETE, or make it a reading"),
    "a body where none can be": ("send: POST /tokens/revoke", "send: DELETE /tokens", f"{REVOKE}.body", "a DELETE carries no body; take it out"),
    "rows that nothing tells apart": ("      id: token_id\n", "", TOKENS, "a list needs both: `each` is where it stands, `id` is the field that tells its rows apart"),
    "nothing to show": ("show: {Owner: owner}", "show: {}", f"{TOKENS}.show", "empty; name at least one"),
    "a seal that nobody sees": ("seal: [owner]", "seal: [owner, tenant]", f"{REVOKE}.before.seal[1]", "nobody approves what is not shown; add `tenant` under `show` of `tokens`"),
    "a table too wide to read": ("show: {Paused: paused}", "show: {" + ", ".join(f"F{n}: f{n}" for n in range(11)) + "}", f"{QUEUE}.show", "11 columns are too many to read; show 10 at most"),
    "unknown value": ("token_ids: $token_ids", "token_ids: $token_id", f"{REVOKE}.body", "unknown value `token_id`; did you mean `token_ids`?; add it under `takes`"),
    "a value that nobody takes": ("POST /tokens/revoke", "POST /tokens/$who/revoke", f"{REVOKE}.send", "unknown value `who`: the value is token_ids; add it under `takes`"),
    "a list in a path": ("POST /tokens/revoke", "POST /tokens/$token_ids/revoke", f"{REVOKE}.send", "`$token_ids` is a list and cannot stand in a path or query; send it in `body`"),
    "the reason in a path": ("POST /tokens/revoke", "POST /tokens/$reason", f"{REVOKE}.send", "`$reason` can stand only in `body`, not in `send`"),
    "a value of the bot's name": ("token_ids: {type", "reason: {pattern: x}\n        token_ids: {type", f"{REVOKE}.takes.reason", "`reason` is the bot's own; use another name"),
    "a value of a form's name": ("token_ids: {type", "confirm: {pattern: x}\n        token_ids: {type", f"{REVOKE}.takes.confirm", "`confirm` is the bot's own; use another name"),
    "a value of a model's name": ("token_ids: {type", "json: {pattern: x}\n        token_ids: {type", f"{REVOKE}.takes.json", "`json` is the bot's own; use another name"),
    "a list that is not the last": ("most: 50}", "most: 50}\n        why: {pattern: x}", f"{REVOKE}.takes.token_ids", "a list takes all the words that are left; write it last"),
    "a value that nothing uses": ("token_ids: {type", "why: {pattern: x}\n        token_ids: {type", f"{REVOKE}.takes.why", "`why` is asked for and never used; write `$why` where it belongs, or take it out"),
    "a moving value of an action": ("token_ids: {type: list, pattern: \"[a-z0-9-]{3,64}\", most: 50}", "token_ids: {type: ago}", f"{REVOKE}.takes.token_ids", "a moment that moves cannot be approved; only readings take `ago`"),
    "a text without a form": ("pattern: \"[a-z0-9-]{3,64}\", ", "", f"{REVOKE}.takes.token_ids", "a list needs its form; write either `pattern` or `choices`"),
    "a pattern that is none": ("[a-z0-9-]{3,64}", "[a-z", f"{REVOKE}.takes.token_ids.pattern", "`[a-z` is no pattern; write a regular expression without look-around"),
    "a pattern that closes what it did not open": ("[a-z0-9-]{3,64}", "a)|(b", f"{REVOKE}.takes.token_ids.pattern", "`a)|(b` is no pattern; write a regular expression without look-around"),
    "a list without end": ("most: 50", "most: 5000", f"{REVOKE}.takes.token_ids", "a list has 1 to 100 items; write `least` and `most` in between"),
    "a number without bounds": ("since: {type: ago, default: 1h}", "since: {type: number}", f"{QUEUE}.takes.since", "a number needs both bounds; write `least` and `most`"),
    "bounds that cross": ("since: {type: ago, default: 1h}", "since: {type: number, least: 5, most: 1}", f"{QUEUE}.takes.since", "`least` is more than `most`; exchange them"),
    "a default that people did not say": ("most: 50", "most: 50, default: 1h", f"{REVOKE}.takes.token_ids", "a `list` has no default: people say what they mean; take `default` out"),
    "nothing said about before": ("      before: none\n", "", "routes.actions.resume.before", "`before` is missing; add it"),
    "another word for none": ("before: none", "before: nothing", "routes.actions.resume.before", "`nothing` cannot stand here; write `none`, or what is looked at: `{reading: queue-stats, seal: [paused]}`"),
    "nothing said about the way back": ("      way_back: pause\n", "", "routes.actions.resume.way_back", "`way_back` is missing; add it"),
    "a way back that is none": ("way_back: resume", "way_back: resum", "routes.actions.pause.way_back", "unknown action `resum`; did you mean `resume`?"),
    "a look at nothing": ("before: {reading: tokens", "before: {reading: token", f"{REVOKE}.before.reading", "unknown reading `token`; did you mean `tokens`?"),
    "a look that takes another type": ("      send: GET /tokens?status=active\n", "      takes: {token_ids: {pattern: x}}\n      send: GET /tokens?status=$token_ids\n", f"{REVOKE}.before.reading", "`token_ids` is a list here and a text in `tokens`; use one type"),
    "a reference inside a text": ("where: {paused: true}}\n      way", "where: {paused: \"x-$reason\"}}\n      way", "routes.actions.pause.after.where.paused", "a value is compared as it is; write `$name` alone"),
    "a list asked like an object": ("after: {reading: tokens, lacks: $token_ids}", "after: {reading: tokens, where: {a: b}}", f"{REVOKE}.after.where", "`tokens` is a list: write `has` or `lacks`"),
    "an object asked like a list": ("after: {reading: tokens, lacks", "after: {reading: queue, lacks", f"{REVOKE}.after.lacks", "`queue` is one object: write `where`"),
    "a read-back without a question": ("after: {reading: queue, where: {paused: true}}", "after: {reading: queue}", "routes.actions.pause.after", "say what must be found there; add `where`"),
    "a word for a reference": ("lacks: $token_ids", "lacks: token_ids", f"{REVOKE}.after.lacks", "`token_ids` cannot stand here; write one value, like `$token_ids`"),
    "a list where a value belongs": ("where: {paused: true}", "where: {paused: [true]}", "routes.actions.pause.after.where.paused", "write one value here: a text, a number, `true`, `false` or `$name`"),
    "idempotent by wish": ("idempotent: by-nature", "idempotent: true", f"{REVOKE}.idempotent", "`True` is not known here; write one of 'by-key', 'by-nature' or 'no'"),
    "a secret in the open": ("token: ${LEDGER_TOKEN}", "token: abc", "settings.token", "a secret is never written here; write `${NAME}` or `file:/path`"),
}  # fmt: skip


def book_of(text: str) -> PolicyBook:
    texts = shipped()
    common = {name: texts[name] for name in (ROLES, SEVERITIES, ON_CALL)}
    return load(common | {LEDGER: text}, KINDS, OUTSIDE)


def edited(old: str, new: str) -> str:
    assert old in TEXT, old
    text = TEXT.replace(old, new, 1)
    # Another kind has no settings of this one, and its file must say nothing else that is wrong.
    return (
        text.replace("  resume:", "  restart:").replace("back: resume", "back: restart")
        if "cluster]" in new
        else text
    )


def test_routes_that_fit_are_a_policy() -> None:
    routes = book_of(TEXT).systems["ledger"].routes

    assert ["tokens", "queue"] == list(routes.readings)
    assert routes.actions["revoke-tokens"].repeatable
    assert not routes.actions["pause"].repeatable


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_route_is_told_at_its_key(name: str) -> None:
    old, new, key, message = MISTAKES[name]
    text = edited(old, new)

    with pytest.raises(PolicyFaults) as caught:
        book_of(text)

    told = {fault.key: fault for fault in caught.value.faults}
    assert key in told, caught.value
    assert message == told[key].message
    assert LEDGER == told[key].file
    line = text.splitlines()[told[key].line - 1]
    assert any(step in line for step in key.split("[")[0].split(".")[-2:])


def test_a_kind_whose_actions_are_code_has_no_routes() -> None:
    head, routes = TEXT.split("actions:\n", 1)[0], TEXT[TEXT.index("routes:") :]
    without = head.split("settings:")[0].replace("[http]", "[cluster]") + routes

    with pytest.raises(PolicyFaults) as caught:
        book_of(without)

    assert ["only a system of kind `http` has routes; add it to `kinds`"] == [
        fault.message for fault in caught.value.faults
    ]


def test_a_change_of_a_route_changes_the_rules_of_its_action_only() -> None:
    before, after = book_of(TEXT), book_of(edited("has: $token_ids, seal: [owner]", "has: $token_ids"))

    assert before.rule_digest("ledger", "revoke-tokens") != after.rule_digest("ledger", "revoke-tokens")
    assert before.rule_digest("ledger", "pause") == after.rule_digest("ledger", "pause")


def test_a_change_of_the_reading_that_an_action_relies_on_changes_its_rules() -> None:
    before, after = book_of(TEXT), book_of(edited("?status=active", "?status=all"))

    assert before.rule_digest("ledger", "revoke-tokens") != after.rule_digest("ledger", "revoke-tokens")


def test_a_request_line_is_taken_apart() -> None:
    sent = parse_send("GET /keys/$key_id?since=$since")

    assert ("GET", "/keys/$key_id", "since=$since") == (sent.method, sent.path, sent.query)
    assert ["key_id", "since"] == list(names_in("GET /keys/$key_id?since=$since"))
    assert "/keys/" == parse_send("GET /keys/").path
    assert "/keys/k-1" == fill(sent.path, {"key_id": "k-1"})
