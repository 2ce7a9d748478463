"""What must hold for what policy lists of a namespace, and for the manifests beside the policy files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from pydantic import BaseModel

from policies.catalog import Catalog
from policies.checks import fault_at
from policies.cluster import MANIFEST_KINDS, EvidenceRule, JobRule, ManifestRule
from policies.faults import Fault, unknown
from policies.routes import TAKEN, names_in
from policies.source import Source
from policies.systems import System

MANIFEST = re.compile(r"manifests/[^/]+/[^/]+\.yaml")
_METADATA = frozenset({"name", "labels", "annotations"})
"""What a manifest may say of its object; everything else is the cluster's, or lets it leave its place."""
_MATERIAL = ("data", "stringData")


def check_cluster(source: Source, system: System, catalog: Catalog) -> Iterator[Fault]:
    """Only a kind that has a namespace has these; restarts and jobs name what is there."""
    rules = system.cluster
    listed = (rules.images, rules.config_maps, rules.secrets, rules.manifests, rules.jobs, rules.evidence)
    if not any(listed):
        return
    if not any(catalog[kind].cluster for kind in system.kinds):
        kinds = " or ".join(f"`{name}`" for name, kind in catalog.items() if kind.cluster)
        yield fault_at(source, ("cluster",), f"only a system of kind {kinds} has these; add it to `kinds`")
    deployments = _listed(system)
    for part, ruled in (("config_maps", rules.config_maps), ("secrets", rules.secrets)):
        for name, rule in ruled.items():
            for index, deployment in enumerate(rule.restarts):
                if deployments and deployment not in deployments:
                    path = ("cluster", part, name, "restarts", index)
                    yield fault_at(source, path, unknown("deployment", deployment, deployments))
    for name, job in rules.jobs.items():
        yield from _check_job(source, name, job, system)
    for name, evidence in rules.evidence.items():
        yield from _check_evidence(source, name, evidence, system)
    for name, manifest in rules.manifests.items():
        if "body" in manifest.model_fields_set:
            why = f"the object stands in manifests/{system.system}/{name}.yaml; take it out here"
            yield fault_at(source, ("cluster", "manifests", name, "body"), why)


def _listed(system: System, setting: str = "deployments") -> tuple[str, ...]:
    """The deployments of the setting; none when all may be touched or it cannot be read here."""
    value = system.settings.get(setting, "")
    if value.startswith(("${", "file:")):
        return ()
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _check_evidence(source: Source, name: str, rule: EvidenceRule, system: System) -> Iterator[Fault]:
    """Logs are those that may be read, and readings are routes that take nothing but how far back."""
    path = ("cluster", "evidence", name)
    readable = (*_listed(system), *_listed(system, "logs_also")) if _listed(system) else ()
    for index, whose in enumerate(rule.logs):
        if readable and "=" not in whose and whose not in readable:
            yield fault_at(source, (*path, "logs", index), unknown("deployment", whose, readable))
    for index, reading in enumerate(rule.readings):
        route = system.routes.readings.get(reading)
        here = (*path, "readings", index)
        if route is None:
            why = f"{unknown('route', reading, system.routes.readings)}; only what `routes` describes is kept"
            yield fault_at(source, here, why)
        elif any(taken.type != "ago" for taken in route.takes.values()):
            yield fault_at(source, here, f"`{reading}` takes more than how far back; it cannot be kept so")


def _check_job(source: Source, name: str, job: JobRule, system: System) -> Iterator[Fault]:
    """Every `$name` is taken, whatever is taken is used, and the job that goes before is there."""
    path = ("cluster", "jobs", name)
    deployments = _listed(system)
    if job.image_of and deployments and job.image_of not in deployments:
        yield fault_at(source, (*path, "image_of"), unknown("deployment", job.image_of, deployments))
    if any(names_in(job.command)):
        yield fault_at(source, (*path, "command"), "a value cannot be the command; write it into `args`")
    used = {"args": job.args, "env": job.env}
    for key, value in used.items():
        for taken in names_in(value):
            if taken not in job.takes:
                why = f"{unknown('value', taken, job.takes)}; add it under `takes`"
                yield fault_at(source, (*path, key), why)
    named = set(chain.from_iterable(map(names_in, used.values())))
    for taken, parameter in job.takes.items():
        here = (*path, "takes", taken)
        if taken in TAKEN or hasattr(BaseModel, taken):
            yield fault_at(source, here, f"`{taken}` is the bot's own; use another name")
        if parameter.type not in ("text", "number"):
            yield fault_at(source, here, "a job takes texts and numbers; write `text` or `number`")
        if taken not in named:
            yield fault_at(source, here, f"`{taken}` is asked for and never used; write `${taken}` in `args`")
    for variable in job.secrets:
        if variable in job.env:
            yield fault_at(source, (*path, "secrets", variable), f"`{variable}` stands under `env` too")
    if job.after is not None and job.after.job not in system.cluster.jobs:
        yield fault_at(source, (*path, "after", "job"), unknown("job", job.after.job, system.cluster.jobs))


def with_manifests(source: Source, system: System, manifests: Mapping[str, Source]) -> System:
    """The system with the objects of its manifests; what is wrong with them is among the files' faults."""
    filled: dict[str, ManifestRule] = {}
    for name, rule in system.cluster.manifests.items():
        file = f"manifests/{system.system}/{name}.yaml"
        if file not in manifests:
            source.faults.append(
                fault_at(
                    source, ("cluster", "manifests", name), f"there is no {file}; write the object there"
                )
            )
            continue
        found = manifests[file]
        if not found.faults:
            found.faults += _check_manifest(found, rule)
        filled[name] = rule.model_copy(update={"body": found.value})
    cluster = system.cluster.model_copy(update={"manifests": {**system.cluster.manifests, **filled}})
    return system.model_copy(update={"cluster": cluster})


def _check_manifest(source: Source, rule: ManifestRule) -> Iterator[Fault]:
    """It is the one object that policy lists, and says nothing that is the cluster's or a secret."""
    body: dict[str, Any] = source.value
    version = MANIFEST_KINDS[rule.kind][0]
    if (body.get("apiVersion"), body.get("kind")) != (version, rule.kind):
        yield fault_at(source, ("kind",), f"policy lists a {rule.kind}; write `{version}` and `{rule.kind}`")
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if metadata.get("name") != rule.name:
        yield fault_at(source, ("metadata", "name"), f"policy lists `{rule.name}`; write that name")
    if "namespace" in metadata:
        yield fault_at(
            source, ("metadata", "namespace"), "the bot puts it into its system's own; take it out"
        )
    for key in sorted({*metadata} - _METADATA - {"namespace"}):
        yield fault_at(source, ("metadata", key), f"`{key}` is the cluster's own; take it out")
    for part in ("labels", "annotations"):
        named = metadata.get(part)
        for key in named if isinstance(named, dict) else ():
            if key.startswith("countersign.dev/"):
                yield fault_at(source, ("metadata", part, key), "these are the bot's stamps; take it out")
    if "status" in body:
        yield fault_at(source, ("status",), "the status is the cluster's own; take it out")
    if rule.kind == "Secret":
        for key in _MATERIAL:
            if key in body:
                why = "a secret's value never stands in a file here; take it out, and use rotate-secret"
                yield fault_at(source, (key,), why)
