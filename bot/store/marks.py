"""The bot's own mark on what waits to be sent: who can write to the store cannot speak as the bot."""

from __future__ import annotations

from handlers.ports.sealing import Sealer
from handlers.work import Delivery


class Marks:
    """Marks deliveries with a key that the store does not hold; without a sealer nothing is asked."""

    def __init__(self, sealer: Sealer | None) -> None:
        self._sealer = sealer

    def on(self, delivery: Delivery) -> Delivery:
        """The same with its mark."""
        if self._sealer is None:
            return delivery
        return delivery.model_copy(update={"mark": self._sealer.mac(*_covered(delivery))})

    def holds(self, delivery: Delivery) -> bool:
        """Whether the mark was made for exactly this delivery."""
        return self._sealer is None or self._sealer.verify(delivery.mark, *_covered(delivery))


def _covered(delivery: Delivery) -> tuple[str, ...]:
    """All of it; a field of a newer release counts once it is set."""
    return ("delivery", delivery.model_dump_json(exclude={"mark"}, exclude_defaults=True))
