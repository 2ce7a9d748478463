"""`python -m tests.cluster COMMAND…` runs a command that finds a control plane of its own, then ends both."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests.cluster.control_plane import KUBECONFIG, NotStarted, control_plane


def main(command: list[str]) -> int:
    """The command's exit code, 1 when there is no control plane, 2 when there is no command."""
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    began = time.monotonic()
    try:
        with control_plane() as plane:
            print(f"· Kubernetes {plane.version} is ready after {time.monotonic() - began:.1f} s", flush=True)
            kubeconfig = str(plane.kubeconfig)
            environment = os.environ | {KUBECONFIG: kubeconfig, "KUBECONFIG": kubeconfig}
            return subprocess.run(command, env=environment, check=False).returncode
    except NotStarted as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
