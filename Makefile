# Two commands for newcomers: `make run` and `make test`. `make check` is the inner loop.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= $(shell echo $$((2 * $$(nproc) + 2)))
# Stores in tests write through. In memory, where there is enough of it, a disk that stalls for seconds fails no test.
SCRATCH ?= $(shell [ "$$(df --output=avail -BG /dev/shm 2>/dev/null | tr -dc 0-9)" -ge 4 ] && echo /dev/shm || echo $${TMPDIR:-/tmp})
PYTEST := env TMPDIR=$(SCRATCH) $(BIN)/python -m pytest -n $(JOBS) --durations=10
STAMPS := .make

.PHONY: run test test-chaos check bench cluster cluster-down test-cluster lint types schemas lock tools clean

run: $(STAMPS)/installed
	$(BIN)/countersign sandbox $(ARGS)

# Everything but the two long suites below, in the order in which it is cheapest to fail.
test: $(STAMPS)/installed tools lint types schemas
	$(PYTEST) --dist worksteal --ignore tests/chaos

# Replicas and stores are killed at every step, and what is left must still be true.
test-chaos: $(STAMPS)/installed tools
	$(PYTEST) --dist worksteal tests/chaos $(ARGS)

check: $(STAMPS)/installed lint types
	$(PYTEST) -q tests/unit tests/scenarios/test_story.py

# Countersign beside bare servers, on pinned cores; the figures also go to build/bench.json.
bench: $(STAMPS)/installed
	$(BIN)/python -m benchmarks $(ARGS)

# A real Kubernetes control plane, built from its published Go modules: docs/cluster.md.
CONTROL_PLANE := build/cluster/control-plane

cluster: $(STAMPS)/installed $(CONTROL_PLANE)
	$(BIN)/python -m tests.cluster up

cluster-down:
	$(BIN)/python -m tests.cluster down

$(CONTROL_PLANE): tests/cluster/build.sh tests/cluster/go.mod tests/cluster/go.sum $(shell find tests/cluster -name '*.go')
	tests/cluster/build.sh

# The contract that the practice cluster keeps in `make test`, on the real thing: the one of `make cluster`, or one of its
# own. Another cluster only when this very command names it (KUBECONFIG=…): the environment's may be production.
CONTRACT := tests/contracts/kubernetes
test-cluster: $(STAMPS)/installed $(CONTROL_PLANE)
ifeq ($(origin KUBECONFIG),command line)
	COUNTERSIGN_CONTRACT_KUBECONFIG=$(KUBECONFIG) $(PYTEST) $(CONTRACT) $(ARGS)
else
	TMPDIR=$(SCRATCH) $(BIN)/python -m tests.cluster $(PYTEST) tests/cluster $(CONTRACT) $(ARGS)
endif

lint: $(STAMPS)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(STAMPS)/installed
	$(BIN)/mypy

# JSON Schemas of Slack's calls, from its official TypeScript types.
schemas: $(STAMPS)/schemas

$(STAMPS)/schemas: tests/contracts/slack/schemas/package-lock.json tests/contracts/slack/schemas/generate.mjs
	cd tests/contracts/slack/schemas && npm ci --no-audit --no-fund --ignore-scripts && node generate.mjs
	@mkdir -p $(STAMPS) && touch $@

# Redis 7, Sentinel, Prometheus, Alertmanager and Chromium for the tests, from Debian's packages where they are missing.
tools:
	@./.ci/tools

$(STAMPS)/installed: requirements.lock pyproject.toml
	@echo "· installing (locked, with hashes)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@

lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --extra dev \
	  --python-version 3.11 pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) $(STAMPS) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
