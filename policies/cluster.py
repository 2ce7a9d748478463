"""What may be done to objects of a cluster's namespace: config maps, secrets, manifests and jobs, by name.

What is not listed is refused. Restarts name deployments that are restarted after the change, in this order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

from policies import fields as f
from policies.routes import Pattern, Taken, ValueName, anchored

ALPHABETS: Mapping[str, str] = {
    "alphanumeric": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "base64url": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    "hex": "0123456789abcdef",
}
LONGEST_AGO = timedelta(days=7)
"""How far back logs are read."""
LEAST_BITS = 128
"""A made secret has at least so many bits of chance."""
MANIFEST_KINDS: Mapping[str, tuple[str, str]] = {
    "ConfigMap": ("v1", "configmaps"),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies.networking.k8s.io"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets.policy"),
    "Secret": ("v1", "secrets"),
}
"""What a manifest may be: its version, and the resource in the words of RBAC."""
_LONGEST_WAIT = timedelta(minutes=10)

ObjectName = Annotated[
    str,
    f.shaped(
        r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?",
        "write an object's name: lower-case letters, digits, hyphens and dots",
    ),
]
Label = Annotated[
    str,
    f.shaped(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", "write a name of lower-case letters, digits, hyphens"),
]
Key = Annotated[str, f.shaped(r"[-._a-zA-Z0-9]{1,253}", "write a key of letters, digits, `-`, `_` and `.`")]
Variable = Annotated[str, f.shaped(r"[A-Za-z_][A-Za-z0-9_]{0,99}", "write a variable's name like `DB_HOST`")]
Restarts = Annotated[tuple[Label, ...], f.Distinct]


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text has the form, in time linear in its length."""
    form = TypeAdapter[str](Annotated[str, StringConstraints(pattern=anchored(pattern))])
    try:
        form.validate_python(text)
    except ValidationError:
        return False
    return True


class ConfigMapRule(f.Rules):
    """A config map: the keys that may be changed, each with the form of its values (PF-37)."""

    keys: Annotated[Mapping[Key, Pattern], f.AtLeastOne]
    restarts: Restarts = ()


class MadeValue(f.Rules):
    """How a secret value is made on the spot: so many characters of an alphabet, or a private key.

    `ed25519-pem` is a new Ed25519 key (RFC 8032) as PKCS #8 in PEM, for what signs: length and alphabet do
    not count then.
    """

    form: Literal["text", "ed25519-pem"] = "text"
    length: Annotated[int, Field(ge=8, le=1024)] = 43
    alphabet: Literal["alphanumeric", "base64url", "hex"] = "base64url"

    @property
    def in_words(self) -> str:
        return "an Ed25519 key" if self.form != "text" else f"{self.length} characters of {self.alphabet}"


def _enough(made: MadeValue) -> MadeValue:
    bits = made.length * math.log2(len(ALPHABETS[made.alphabet]))
    if bits < LEAST_BITS:
        least = math.ceil(LEAST_BITS / math.log2(len(ALPHABETS[made.alphabet])))
        raise f.refuse(f"{made.length} characters of {made.alphabet} can be guessed; write {least} or more")
    return made


class SecretRule(f.Rules):
    """A secret: the keys that may be made anew, and who is restarted then. Without keys: only backed up."""

    keys: Mapping[Key, Annotated[MadeValue, AfterValidator(_enough)]] = {}
    restarts: Restarts = ()


class ManifestRule(f.Rules):
    """A manifest that may be applied: the one object in it.

    `body` is what `manifests/<system>/<name>.yaml` holds; the loader fills it in.
    """

    kind: Literal["ConfigMap", "NetworkPolicy", "PodDisruptionBudget", "Secret"]
    name: ObjectName
    title: f.Title | None = None
    row: f.Row | None = None
    body: Mapping[str, Any] = {}

    @property
    def resource(self) -> str:
        return MANIFEST_KINDS[self.kind][1]


class SecretReference(f.Rules):
    """Where a variable of a job gets its value from: the cluster puts it in, the bot never reads it."""

    secret: ObjectName
    key: Key


class Before(f.Rules):
    """A job that must have succeeded so recently before this one may run (AU-11: backup first)."""

    job: f.Name
    within: f.PositiveDuration


class JobRule(f.Rules):
    """A Job that may be run. Values stand in `args` and `env` as `$name`; no shell reads them.

    `image_of` takes the image that a deployment runs now. `wait` is how long the thread waits for the end
    before it goes on looking, `deadline` how long the Job may run, `keep` how long it stays in the cluster
    after that: as long, recovery can find it.
    """

    title: f.Title
    row: f.Row | None = None
    image: f.Words | None = None
    image_of: Label | None = None
    command: Annotated[tuple[f.Words, ...], f.AtLeastOne]
    args: tuple[f.Words, ...] = ()
    env: Mapping[Variable, f.Words] = {}
    secrets: Mapping[Variable, SecretReference] = {}
    takes: Mapping[ValueName, Taken] = {}
    after: Before | None = None
    service_account: Label | None = None
    wait: f.PositiveDuration = timedelta(seconds=30)
    deadline: f.PositiveDuration = timedelta(minutes=10)
    keep: f.PositiveDuration = timedelta(days=1)


def _whole(job: JobRule) -> JobRule:
    if bool(job.image) == bool(job.image_of):
        raise f.refuse("say what runs: write either `image` or `image_of`")
    if job.wait > _LONGEST_WAIT:
        raise f.refuse("a thread waits at most 10m; the end is told there later anyway")
    if job.keep < timedelta(hours=1):
        raise f.refuse("recovery must find the Job after a crash; keep it 1h or longer")
    return job


def _whose(text: str) -> str:
    """Whose logs: a deployment, or `app=…`."""
    name = text.removeprefix("app=")
    if re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name):
        return text
    raise f.refuse(f"`{text[:80]}` names no logs; write a deployment, or a label as `app=retrieval-gateway`")


Whose = Annotated[str, AfterValidator(_whose)]


class EvidenceRule(f.Rules):
    """What one `preserve-evidence` saves: whose logs, and which readings of the system's own API, from
    `since` on, unless somebody says another time (PF-16, PF-51)."""

    title: f.Title
    row: f.Row | None = None
    since: f.PositiveDuration = timedelta(hours=1)
    logs: Annotated[tuple[Whose, ...], f.Distinct] = ()
    readings: Annotated[tuple[f.ReadingName, ...], f.Distinct] = ()


def _saves(evidence: EvidenceRule) -> EvidenceRule:
    if not evidence.logs and not evidence.readings:
        raise f.refuse("this saves nothing; name `logs` or `readings`")
    if evidence.since > LONGEST_AGO:
        raise f.refuse("logs are read a week back at most; write `7d` or less")
    return evidence


Registry = Annotated[
    str,
    f.shaped(
        r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]([-a-z0-9._]*[a-z0-9])?)*",
        "write a registry and as much of the repository as all share, such as `ghcr.io/yourorg`",
    ),
]


class ImageRules(f.Rules):
    """Which images may be set by hand (CC-16). Without `tags` only those named by digest."""

    registries: Annotated[tuple[Registry, ...], f.Distinct, f.AtLeastOne]
    tags: Pattern | None = None


class ClusterRules(f.Rules):
    """What policy lists of one namespace."""

    images: ImageRules | None = None
    config_maps: Mapping[ObjectName, ConfigMapRule] = {}
    secrets: Mapping[ObjectName, SecretRule] = {}
    manifests: Mapping[f.Name, ManifestRule] = {}
    jobs: Mapping[f.Name, Annotated[JobRule, AfterValidator(_whole)]] = {}
    evidence: Mapping[f.Name, Annotated[EvidenceRule, AfterValidator(_saves)]] = {}

    def applied(self, action: str) -> dict[str, Any]:
        """The part that the rules of an action include; empty for an action that needs none of it."""
        part = _PARTS.get(action)
        return self.model_dump(mode="json", include={part})[part] if part else {}

    def names(self, action: str) -> dict[str, tuple[str, ...]]:
        """The objects that an action may touch, by resource in the words of RBAC."""
        match _PARTS.get(action):
            case "config_maps":
                return {"configmaps": tuple(self.config_maps)}
            case "secrets":
                return {"secrets": tuple(self.secrets)}
            case "manifests":
                return {
                    resource: tuple(one.name for one in self.manifests.values() if one.kind == kind)
                    for kind, (_, resource) in MANIFEST_KINDS.items()
                }
            case _:
                return {}


NOTHING_LISTED = ClusterRules()
_PARTS = {
    "patch-config": "config_maps",
    "rotate-secret": "secrets",
    "backup-secrets": "secrets",
    "config-map": "config_maps",
    "secret-keys": "secrets",
    "apply": "manifests",
    "unapply": "manifests",
    "preserve-evidence": "evidence",
    "run-job": "jobs",
    "set-image": "images",
}
"""Which part an action or a reading works by."""
