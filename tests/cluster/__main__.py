"""`python -m tests.cluster COMMAND…` runs a command that finds a control plane.

It is the one that `python -m tests.cluster up` has started and `down` ends, or else one of the command's own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import nullcontext

from tests.cluster import staying
from tests.cluster.control_plane import KUBECONFIG, NotStarted, control_plane

_USAGE = 2


def main(command: list[str]) -> int:
    """The command's exit code, 1 when there is no control plane, 2 when there is no command."""
    try:
        match command:
            case []:
                print(__doc__, file=sys.stderr)
                return _USAGE
            case ["up"]:
                return _up()
            case ["down"]:
                print("· ended" if staying.end() else "· none was running")
                return 0
            case _:
                return _run(command)
    except NotStarted as error:
        print(error, file=sys.stderr)
        return 1


def _up() -> int:
    began = time.monotonic()
    known = staying.running()
    plane = known or staying.start()
    how = "is running" if known else f"is ready after {time.monotonic() - began:.1f} s"
    print(f"· Kubernetes {plane.version} {how} at {plane.url}\n  export KUBECONFIG={plane.kubeconfig}")
    return 0


def _run(command: list[str]) -> int:
    began = time.monotonic()
    known = staying.running()
    with nullcontext(known) if known else control_plane() as plane:
        print(f"· Kubernetes {plane.version} is ready after {time.monotonic() - began:.1f} s", flush=True)
        kubeconfig = str(plane.kubeconfig)
        environment = os.environ | {KUBECONFIG: kubeconfig, "KUBECONFIG": kubeconfig}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
