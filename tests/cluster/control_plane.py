"""Starts the control plane and ends it: a Kubernetes of its own for whoever asks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

KUBECONFIG = "COUNTERSIGN_CONTRACT_KUBECONFIG"
"""Names an administrator's kubeconfig of the control plane, for those who use one that runs."""
BINARY = Path(__file__).parents[2] / "build" / "cluster" / "control-plane"
STOPPING = 15.0
"""Seconds. It gives its parts five, then ends them."""


class NotStarted(Exception):
    """The control plane did not get ready; the message says where its logs were and how the last one ends."""


@dataclass(frozen=True)
class ControlPlane:
    """One that runs. `kubeconfig` is an administrator's; `audit` is its log, a JSON object a line."""

    version: str
    url: str
    kubeconfig: Path
    audit: Path


@contextmanager
def control_plane(binary: Path = BINARY) -> Iterator[ControlPlane]:
    """Everything on loopback, in a folder that is thrown away. Raises NotStarted."""
    if not binary.exists():
        raise NotStarted(f"There is no {binary}: make cluster")
    with TemporaryDirectory(prefix="control-plane-") as folder:
        command = [str(binary), "up", folder]
        with (
            Path(folder, "up.log").open("wb") as log,
            subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL
            ) as process,
        ):
            try:
                yield ready(process, Path(folder))
            finally:
                stop(process)


def ready(process: subprocess.Popen[bytes], folder: Path) -> ControlPlane:
    """What it tells once it is ready: it bounds its own start, and its output ends when it gives up.

    Raises NotStarted.
    """
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise NotStarted((folder / "up.log").read_text(errors="replace")[-2000:])
    told = json.loads(line)
    return ControlPlane(told["version"], told["url"], Path(told["kubeconfig"]), Path(told["audit"]))


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it, gently at first."""
    process.terminate()
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()  # Its parts end with it: the kernel sees to that.
        process.wait()
