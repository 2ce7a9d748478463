"""`handlers.actions.kubernetes.config_maps_ports.ConfigMaps` on a real API server."""

from __future__ import annotations

from bot.redaction.redactor import Redactor
from bot.systems.kubernetes import objects, patches
from bot.systems.kubernetes.calls import CONFIG_MAPS, Call
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.manifests import HIDDEN, tells_a_secret
from handlers.actions.kubernetes.config_maps_ports import ConfigMap
from handlers.actions.kubernetes.objects import Stamp
from handlers.errors import DoNotRetry, OutcomeUnknown


class ConfigMapsOfCluster:
    """The config maps of one namespace."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self._connection = connection
        self._namespace = namespace
        self._redactor = Redactor()

    async def read(self, name: str) -> ConfigMap:
        """A config map as it stands."""
        return objects.config_map(
            await self._connection.call(Call("get", CONFIG_MAPS, self._namespace, name))
        )

    async def told(self, key: str, value: str) -> str:
        """A key's value as people may read it: another text than the value where that must not be seen."""
        if tells_a_secret(key):
            return HIDDEN
        if value.isprintable():
            return (await self._redactor.each([value])).lines[0]
        lines = value.split("\n")
        return HIDDEN if (await self._redactor.redact(lines)).hidden else value

    async def set(self, seen: ConfigMap, stamp: Stamp, key: str, value: str) -> ConfigMap:
        """Give one key a value; the others stay."""
        patch = patches.merged(seen, stamp, data={key: value})
        found = await self._connection.call(Call("patch", CONFIG_MAPS, self._namespace, seen.name, patch))
        try:
            return objects.config_map(found)
        except DoNotRetry as strange:
            raise OutcomeUnknown(str(strange)) from strange
