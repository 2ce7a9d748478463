"""Every route that ships is looked at, sealed, run once, recovered and read back, over real HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.systems.http.api import JsonApi
from handlers.actions import Order
from handlers.actions.http import registry_of
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from policies.routes import Routes
from sandbox.ledger import PracticeLedger
from sandbox.queue_admin import PracticeQueueAdmin
from tests.contracts.http.routed import Wish, look_at, on_queue, registry, revoke

QUEUE_WISHES = {
    "queue-pause": on_queue("queue-pause"),
    "queue-clean": on_queue("queue-clean"),
    "revoke-key": on_queue("revoke-key", key_id="key-acme-1"),
}


def test_every_route_declares_its_five_things() -> None:
    for system in ("auditron", "provability-fabric"):
        for action in registry(system):
            five = (action.sealed, action.precondition, action.stamp, action.question, action.way_back)
            assert all(five), action.name
            assert "none: it ends unknown" not in action.question


async def test_what_is_sealed_is_the_request_and_the_owners(api: JsonApi) -> None:
    observed = await revoke("token123", "token456").look(api)

    assert {
        "api": api.identity,
        "request": "POST /capability-tokens/revoke",
        "body": {"token_ids": ["token123", "token456"]},
        "tokens token123": {"owner": "agent-billing", "tenant": "acme", "capability": "retrieval:read"},
        "tokens token456": {"owner": "agent-export", "tenant": "acme", "capability": "egress:write"},
    } == observed.sealed
    shown = dict(observed.shown)
    assert shown["token123"].startswith("Owner agent-billing, Tenant acme, Capability retrieval:read")
    assert ("POST /capability-tokens/revoke", "none") == (shown["Sends"], shown["Way back"])


async def test_noise_is_no_part_of_the_seal(queue: JsonApi, admin: PracticeQueueAdmin) -> None:
    wish = on_queue("queue-pause")
    before = await wish.look(queue)
    admin.counts["waiting"] = 99
    after = await wish.look(queue)

    assert before.sealed == after.sealed
    assert before.shown != after.shown


@pytest.mark.parametrize("name", QUEUE_WISHES)
async def test_an_action_runs_and_the_question_of_recovery_knows_it(queue: JsonApi, name: str) -> None:
    wish = QUEUE_WISHES[name]
    assert await wish.ask(queue) is None
    done = await wish.run(queue)

    assert done == await wish.ask(queue)


@pytest.mark.parametrize("name", QUEUE_WISHES)
async def test_running_it_again_with_its_stamp_has_no_second_effect(
    queue: JsonApi, admin: PracticeQueueAdmin, name: str
) -> None:
    wish = QUEUE_WISHES[name]
    first = await wish.run(queue)
    state = admin.panel()

    assert first == await wish.run(queue)
    assert state == admin.panel()


async def test_the_way_back_undoes_it(queue: JsonApi, admin: PracticeQueueAdmin) -> None:
    done = await on_queue("queue-pause").run(queue)
    assert "queue-resume" == done.way_back
    await on_queue(done.way_back).run(queue, "R-2")

    assert not admin.paused


@pytest.mark.parametrize("name", ["queue-pause", "revoke-key"])
async def test_what_is_so_already_is_refused_when_looked_at(queue: JsonApi, name: str) -> None:
    wish = QUEUE_WISHES[name]
    await wish.run(queue)
    with pytest.raises(DoNotRetry, match="so already"):
        await wish.look(queue)


async def test_the_record_over_there_names_the_request_and_who_approved_it(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    await revoke("token123").run(api, "R-7", reason="x" * 600)

    reason = ledger.reason("token123")
    assert reason.endswith("x (R-7; approved by O3 Ruth)")
    assert 500 == len(reason)


async def test_a_token_that_is_not_listed_is_refused_and_named(api: JsonApi) -> None:
    with pytest.raises(DoNotRetry, match="Not listed under Active capability tokens: nobody, token999"):
        await revoke("token123", "nobody", "token999").look(api)


async def test_many_tokens_are_all_read_by_the_approver(api: JsonApi, ledger: PracticeLedger) -> None:
    ledger.issue(*(f"token-{number}" for number in range(40)))
    observed = await revoke(*(f"token-{number}" for number in range(40))).look(api)

    assert 40 == sum(len(text.splitlines()) for _, text in observed.documents)
    assert all(len(text) < 2500 for _, text in observed.documents)
    assert len(observed.shown) <= 8


async def test_more_than_a_card_can_show_is_refused(api: JsonApi, ledger: PracticeLedger) -> None:
    many = [f"token-{'x' * 40}-{number}" for number in range(50)]
    ledger.issue(*many)
    for name in many:
        ledger.hand_over(name, "o" * 120)
    with pytest.raises(DoNotRetry, match="50 are more than one card can show"):
        await revoke(*many).look(api)


async def test_what_is_done_only_in_part_is_not_done(api: JsonApi, ledger: PracticeLedger) -> None:
    ledger.revoke("token123")
    wish = revoke("token123", "token456")
    assert await wish.ask(api) is None
    await wish.run(api)

    assert await wish.ask(api) is not None


async def test_nothing_is_sent_that_is_not_what_was_sealed(queue: JsonApi, admin: PracticeQueueAdmin) -> None:
    """A replica died; another one, with other routes or another address, finds the request begun."""
    pause = made(after={"reading": "stats", "where": {"paused": True}}, idempotent="by-nature")
    clean = made(send="POST /api/admin/queue/clean", after=None, idempotent="by-nature")
    with pytest.raises(OutcomeUnknown, match="has changed since this was approved"):
        await clean.what.run(queue, pause.order(queue))

    assert [] == admin.calls


async def test_what_stands_beside_a_stamp_is_sealed_too(queue: JsonApi, admin: PracticeQueueAdmin) -> None:
    """Only the stamps themselves are not known when somebody approves."""
    gently = made(body={"why": "$reason", "how": {"said": "$reason", "force": False}}, idempotent="by-key")
    forced = made(body={"why": "$reason", "how": {"said": "$reason", "force": True}}, idempotent="by-key")

    assert {"how": {"said": "$reason", "force": False}} == (await gently.look(queue)).sealed["body"]
    with pytest.raises(OutcomeUnknown, match="has changed since this was approved"):
        await forced.what.run(queue, gently.order(queue))
    assert [] == admin.calls


async def sealed(wish: Wish, api: JsonApi, *, resumed: bool) -> Order:
    """Its approved request, sealed now, that runs so much later that the target is to be looked at anew."""
    seal = (await wish.look(api)).sealed
    return replace(wish.order(api), sealed=seal, seen=None, resumed=resumed)


async def test_what_has_another_owner_since_it_was_looked_at_is_left_alone(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    wish = revoke("token123", "token456")
    order = await sealed(wish, api, resumed=False)
    ledger.hand_over("token123", "agent-payments")
    with pytest.raises(TargetChanged, match="tokens token123"):
        await wish.what.run(api, order)

    assert 5 == len(ledger.active())


async def test_what_has_another_owner_since_a_replica_died_is_left_alone_and_ends_unknown(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    wish = revoke("token123", "token456")
    order = await sealed(wish, api, resumed=True)
    ledger.hand_over("token123", "agent-payments")
    with pytest.raises(OutcomeUnknown, match=r"not sent again.*tokens token123.*Still listed"):
        await wish.what.run(api, order)

    assert 5 == len(ledger.active())


async def test_what_a_replica_did_in_part_before_it_died_is_done_to_the_end(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    wish = revoke("token123", "token456")
    order = await sealed(wish, api, resumed=True)
    ledger.revoke("token123")

    assert "No longer listed" in (await wish.what.run(api, order)).lines[0]


async def test_a_condition_that_no_longer_holds_keeps_it_from_being_sent(
    queue: JsonApi, admin: PracticeQueueAdmin
) -> None:
    """What must be paused to be cleaned goes on by the time that it would be sent."""
    await on_queue("queue-pause").run(queue, "R-2")
    before = {"reading": "stats", "where": {"paused": True}}
    wish = made(send="POST /api/admin/queue/clean", before=before, idempotent="by-nature")
    order = await sealed(wish, queue, resumed=False)
    await on_queue("queue-resume").run(queue, "R-3")
    count = len(admin.calls)
    with pytest.raises(TargetChanged, match="Paused: no, not yes"):
        await wish.what.run(queue, order)

    assert count == len(admin.calls)


async def test_a_refusal_after_a_replica_died_does_not_say_that_nothing_happened(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    wish = revoke("token123")
    order = await sealed(wish, api, resumed=True)
    await ledger.stop()
    with pytest.raises(OutcomeUnknown, match="A replica stopped while it did this"):
        await wish.what.run(api, order)


async def test_a_yes_without_effect_is_unknown_and_tells_what_is_still_there(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    ledger.fault("no-effect", True)
    with pytest.raises(OutcomeUnknown, match=r"answered 200.*Still listed.*token123") as caught:
        await revoke("token123").run(api)

    assert "token456" not in str(caught.value)


async def test_an_effect_that_shows_a_moment_later_is_waited_for(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    ledger.fault("late", True)

    assert "No longer listed" in (await revoke("token123").run(api)).lines[0]


async def test_a_lost_answer_ends_in_what_was_read_back(api: JsonApi, ledger: PracticeLedger) -> None:
    ledger.fault("cut", True)

    assert "No longer listed" in (await revoke("token123").run(api)).lines[0]


async def test_a_redirect_after_a_change_is_not_followed_and_not_believed(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    ledger.fault("elsewhere", True)
    with pytest.raises(OutcomeUnknown, match="redirect"):
        await revoke("token123").run(api)

    assert 5 == len(ledger.active())


async def test_a_refused_change_is_a_plain_no(api: JsonApi, ledger: PracticeLedger) -> None:
    ledger.fault("expired", True)
    with pytest.raises(DoNotRetry, match="does not accept the bot's token"):
        await revoke("token123").run(api)


async def test_an_api_that_is_away_was_sent_nothing(api: JsonApi, ledger: PracticeLedger) -> None:
    await ledger.stop()
    with pytest.raises(DoNotRetry, match="Nothing was sent"):
        await revoke("token123").run(api)
    with pytest.raises(TryAgainLater):
        await revoke("token123").ask(api)


async def test_an_api_that_is_away_after_the_change_leaves_it_open(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    def expire() -> None:
        ledger.on_change = lambda: None
        ledger.fault("expired", True)

    ledger.on_change = expire
    with pytest.raises(OutcomeUnknown, match=r"answered 200\. It cannot be read back: .* token"):
        await revoke("token123").run(api)

    assert "token123" not in ledger.active()


async def test_an_unfinished_list_proves_nothing_about_what_it_lacks(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    ledger.revoke("token123")
    ledger.fault("pages", True)
    with pytest.raises(OutcomeUnknown, match="goes on elsewhere"):
        await revoke("token123").ask(api)
    with pytest.raises(DoNotRetry, match="goes on elsewhere"):
        await revoke("token-oncall").look(api)


async def test_hostile_words_of_an_api_stay_on_one_line(api: JsonApi, ledger: PracticeLedger) -> None:
    ledger.hand_over("token123", "<!channel>\n*bold* \u202eevil\x00" + "x" * 90)
    observed = await revoke("token123").look(api)
    report = await look_at(api, "provability-fabric", "tokens")

    for said in (dict(observed.shown)["token123"], report.rows[0][1]):
        assert said.isprintable()
        assert len(said) < 400


@pytest.mark.parametrize("owner", [None, ["a"], {"a": 1}, "x" * 121])
async def test_a_field_that_is_no_single_value_is_not_sealed(
    api: JsonApi, ledger: PracticeLedger, owner: object
) -> None:
    ledger.hand_over("token123", owner)  # type: ignore[arg-type]
    wish = revoke("token123")
    if owner is None:
        assert (await wish.look(api)).sealed["tokens token123"]["owner"] is None
    else:
        with pytest.raises(DoNotRetry, match=r"`owner` in the answer .* is not one short value"):
            await wish.look(api)


STATS = {"title": "The queue", "send": "GET /api/admin/queue/stats", "show": {"Paused": "paused"}}


def made(**route: object) -> Wish:
    """A wish for an action of a route like this."""
    whole = {"send": "POST /api/admin/queue/pause", "way_back": "none", "before": "none", "after": "none"}
    routes = Routes.model_validate({"readings": {"stats": STATS}, "actions": {"pause": whole | route}})
    return Wish(registry_of(routes).find(("http",), "pause"), {})


async def test_what_cannot_be_read_back_ends_unknown_though_it_happened(
    queue: JsonApi, admin: PracticeQueueAdmin
) -> None:
    wish = made()
    with pytest.raises(OutcomeUnknown, match="names nothing to read back"):
        await wish.run(queue)
    with pytest.raises(OutcomeUnknown, match="names nothing to read back"):
        await wish.ask(queue)

    assert admin.paused


async def test_what_is_not_idempotent_is_left_to_a_person_after_a_crash(
    queue: JsonApi, admin: PracticeQueueAdmin
) -> None:
    wish = made(after={"reading": "stats", "where": {"paused": True}}, idempotent="no")
    with pytest.raises(OutcomeUnknown, match=r"not safe.*Paused: no, not yes"):
        await wish.ask(queue)
    await wish.run(queue)

    assert await wish.ask(queue) is not None


async def test_what_is_not_idempotent_is_sent_once_though_its_answer_is_lost(
    queue: JsonApi, admin: PracticeQueueAdmin
) -> None:
    admin.fault("cut", True)
    admin.fault("no-effect", True)
    with pytest.raises(OutcomeUnknown, match=r"lost before the answer came\. Read back, it is not so"):
        await made(after={"reading": "stats", "where": {"paused": True}}).run(queue)

    assert 1 == len(admin.calls)


def test_a_stranger_cannot_be_wished() -> None:
    with pytest.raises(KeyError):
        on_queue("queue-drop")
    assert isinstance(revoke("x"), Wish)
