"""Where the cluster is and who the bot is there: `KUBECONFIG`, or the account of the pod it runs in."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

import yaml

from handlers.errors import DoNotRetry

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient, Configuration

KUBECONFIG = "KUBECONFIG"
_IN_CLUSTER = "KUBERNETES_SERVICE_HOST"

NOT_CONFIGURED = (
    "No cluster is configured: set KUBECONFIG to a kubeconfig file, or run in a pod with a service account."
)
UNREADABLE = "The credentials of the cluster cannot be used ({why}): look at {where}."
_WHERE = "the kubeconfig that KUBECONFIG names, its context and the files it names"
_WHERE_POD = "the service account of the bot's pod"


async def client_of(environment: Mapping[str, str], context: str) -> ApiClient:
    """A client of the cluster that the environment names. Raises DoNotRetry (`not-configured`).

    Its library is imported in a thread: the event loop answers Slack meanwhile.
    """
    library = await asyncio.to_thread(importlib.import_module, "kubernetes.aio.client")
    configuration: Configuration = library.Configuration()
    # Nothing is tried again inside the client: only the actions know whether a call may be repeated.
    configuration.retries = None
    # Where no proxy is named none is looked for: the client would ask a thread twice, before every call.
    configuration.client_session_kwargs = {"trust_env": bool(getproxies())}
    await read_credentials(environment, context, configuration)
    try:
        client: ApiClient = library.ApiClient(configuration)
    except (OSError, ValueError) as error:
        raise _unreadable(error, environment) from None
    client.user_agent = "countersign"
    return client


async def read_credentials(environment: Mapping[str, str], context: str, into: Configuration) -> None:
    """Read address and credentials, again whenever they expired. Raises DoNotRetry (`not-configured`)."""
    config: Any = await asyncio.to_thread(importlib.import_module, "kubernetes.aio.config")
    file = environment.get(KUBECONFIG, "").strip()
    if not file and not environment.get(_IN_CLUSTER):
        raise DoNotRetry(NOT_CONFIGURED, "not-configured")
    try:
        if file:
            await config.load_kube_config(
                config_file=file, context=context or None, client_configuration=into, persist_config=False
            )
        else:
            pod = config.incluster_config
            # Tokens that were renewed are read after a 401, here as from a kubeconfig.
            pod.InClusterConfigLoader(
                pod.SERVICE_TOKEN_FILENAME,
                pod.SERVICE_CERT_FILENAME,
                try_refresh_token=False,
                environ=environment,
            ).load_and_set(into)
        # A file ends with a newline, which no header may hold.
        into.api_key = {name: value.strip() for name, value in into.api_key.items()}
    except (config.ConfigException, OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
        # A file of another shape meets the library's own TypeErrors.
        raise _unreadable(error, environment) from None


def _unreadable(error: Exception, environment: Mapping[str, str]) -> DoNotRetry:
    """Without the library's sentence, which quotes whole entries of the file, tokens included."""
    where = _WHERE if environment.get(KUBECONFIG) else _WHERE_POD
    return DoNotRetry(UNREADABLE.format(why=type(error).__name__, where=where), "not-configured")
