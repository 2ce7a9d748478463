"""Refusals, named as Slack names them."""

from __future__ import annotations

from sandbox.slack.shapes import Json


class SlackError(Exception):
    """A refusal of the Web API: `code` is what stands in `error`; `extra` joins the answer."""

    def __init__(
        self,
        code: str,
        *messages: str,
        extra: Json | None = None,
        status: int = 200,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.extra: Json = dict(extra or {})
        if messages:
            self.extra["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in messages]}


class RefusedAct(Exception):
    """What Slack's own client would not let a person do; `sentence` is what it shows."""

    status = 200
    """What the control API answers with: a refusal is an answer, not a failure."""

    def __init__(self, code: str, sentence: str, **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.extra = extra

    @property
    def told(self) -> Json:
        """The answer of the control API."""
        return {"ok": False, "error": self.code, "message": self.sentence, **self.extra}


class MalformedAct(RefusedAct):
    """What no client could have sent: a part of it is not of its shape."""

    status = 400

    def __init__(self, sentence: str) -> None:
        super().__init__("invalid_arguments", sentence)
