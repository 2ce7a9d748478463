"""Every delivery is signed over the bytes that are sent."""

from __future__ import annotations

from slack_sdk.signature import SignatureVerifier

from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint, Received, answering
from tests.sandbox.wanted import actions, button


def _is_signed(received: Received, secret: str) -> bool:
    return SignatureVerifier(secret).is_valid_request(received.body, received.headers)


async def test_events_commands_and_interactions_carry_a_valid_signature(
    slack: PracticeSlack, app: Endpoint
) -> None:
    channel = slack.workspace.channels["C0CRITICAL"]
    await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="naïve – “quotes”")
    await slack.settled()
    await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="help & more")
    message = slack.workspace.post(
        channel,
        {
            "user": "U0COUNTER",
            "bot_id": "B0COUNTER",
            "text": "x",
            "blocks": [actions(button(), block_id="b")],
        },
    )
    await slack.act("U02OMAR", "click", channel="C0CRITICAL", ts=message["ts"], action_id="go")
    await slack.settled()
    assert 4 == len(app.received)
    assert [True] * 4 == [_is_signed(each, slack.app.signing_secret) for each in app.received]


async def test_another_secret_does_not_fit(slack: PracticeSlack, app: Endpoint) -> None:
    await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="hello")
    await slack.settled()
    assert not _is_signed(app.received[0], "another secret")


async def test_a_retry_is_signed_anew(slack: PracticeSlack, app: Endpoint) -> None:
    app.answer = answering(500)
    await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="hello")
    await app.arrived(2)
    assert [True, True] == [_is_signed(each, slack.app.signing_secret) for each in app.received[:2]]


async def test_url_verification_wants_its_challenge_back(slack: PracticeSlack, app: Endpoint) -> None:
    assert await slack.verify()
    assert "url_verification" == app.received[0].payload["type"]
    app.answer = answering(text="something else")
    assert not await slack.verify()
