"""`handlers.actions.kubernetes.secrets_ports.Secrets` on a real API server.

A value is made here, goes into the body of one call, and is kept nowhere else.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.systems.kubernetes import objects, patches
from bot.systems.kubernetes.calls import SECRETS, Call
from bot.systems.kubernetes.connection import Connection
from handlers.actions.kubernetes.objects import Stamp
from handlers.actions.kubernetes.secrets_ports import Secret
from handlers.errors import DoNotRetry, OutcomeUnknown
from policies.cluster import ALPHABETS, MadeValue


class SecretsOfCluster:
    """The secrets of one namespace."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self._connection = connection
        self._namespace = namespace

    async def read(self, name: str) -> Secret:
        """A secret as it stands, without its values."""
        return objects.secret(await self._connection.call(Call("get", SECRETS, self._namespace, name)))

    async def rotate(self, seen: Secret, stamp: Stamp, key: str, made: MadeValue) -> Secret:
        """Give one key a value that is made now; the other keys stay."""
        patch = patches.merged(seen, stamp, data={key: _made(made)})
        found = await self._connection.call(Call("patch", SECRETS, self._namespace, seen.name, patch))
        try:
            return objects.secret(found)
        except DoNotRetry as strange:
            raise OutcomeUnknown(str(strange)) from None


def _made(made: MadeValue) -> str:
    """A value by chance, as the API carries it."""
    if made.form == "ed25519-pem":
        value = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    else:
        alphabet = ALPHABETS[made.alphabet]
        value = "".join(secrets.choice(alphabet) for _ in range(made.length)).encode()
    return base64.b64encode(value).decode()
