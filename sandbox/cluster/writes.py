"""Writes: decode, default, check the version, validate, store; for every kind in `rules.RULES`."""

from __future__ import annotations

import secrets

from sandbox.cluster.applying import applied_body, merged, owned_by
from sandbox.cluster.bodies import WriteOptions, decoded_body, patcher
from sandbox.cluster.ownership import UPDATE, Owner, Path, after_update
from sandbox.cluster.paths import Target
from sandbox.cluster.pods import SUFFIX_LETTERS
from sandbox.cluster.resources import DEPLOYMENTS, NAMESPACES, Resource
from sandbox.cluster.rules import RULES
from sandbox.cluster.selectors import written
from sandbox.cluster.shapes import Json, duplicate
from sandbox.cluster.status import (
    FieldFault,
    already_exists,
    bad_request,
    conflict,
    invalid,
    unreadable,
)
from sandbox.cluster.store import Store
from sandbox.cluster.types import SCALE
from sandbox.cluster.validation import IMMUTABLE, scale_faults

KEPT = ("uid", "creationTimestamp", "generation", "resourceVersion", "namespace", "deletionTimestamp")


class Writes:
    """The write side of the API, without HTTP."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, target: Target, body: bytes, options: WriteOptions) -> Json:
        """POST of a new object."""
        resource, rules = target.resource, RULES[target.resource]
        new = decoded_body(body, rules.type, options, resource)
        meta = new["metadata"]
        if resource.namespaced and meta.setdefault("namespace", target.namespace) != target.namespace:
            raise bad_request(OTHER_NAMESPACE)
        self._check_place(target)
        if meta.pop("resourceVersion", "") and not options.dry_run:
            raise unreadable("resourceVersion should not be set on objects to be created")
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))
        return self._begin(resource, new, options)

    def _check_place(self, target: Target) -> None:
        if target.resource.namespaced:
            self._store.get(NAMESPACES, "", target.namespace)

    def _begin(
        self, resource: Resource, new: Json, options: WriteOptions, owned: list[Json] | None = None
    ) -> Json:
        """Store an object that is new, once it is whole and right; `owned` are its `managedFields`."""
        rules, meta = RULES[resource], new["metadata"]
        for given in ("uid", "creationTimestamp", "generation", "deletionTimestamp", "managedFields"):
            meta.pop(given, None)
        self._store.begin(new)
        rules.default(new)
        if faults := rules.faults(new, None):
            raise invalid(resource.group, resource.kind, meta.get("name", ""), *faults)
        if self._store.has(resource, meta.get("namespace", ""), meta["name"]):
            raise already_exists(resource, meta["name"])
        new |= {"apiVersion": resource.api_version, "kind": resource.kind}
        if rules.status:
            new["status"] = {}
        if rules.counts is not None:
            meta["generation"] = 1
        meta["managedFields"] = after_update({}, new, self._writer(resource, options, ""))
        if owned is not None:
            meta["managedFields"] = owned
        return new if options.dry_run else self._store.create(resource, new)

    def replace(self, target: Target, body: bytes, options: WriteOptions) -> Json:
        """PUT of an object, or of its Scale."""
        current = self._store.get(target.resource, target.namespace, target.name)
        if target.subresource == "scale":
            return self._save_scale(decoded_body(body, SCALE, options), current, options)
        new = decoded_body(body, RULES[target.resource].type, options, target.resource)
        _check_identity(new, current)
        _check_uid(target.resource, new, current)
        return self._save(target.resource, new, current, options)

    def patch(self, target: Target, media_type: str, body: bytes, options: WriteOptions) -> Json:
        """PATCH of an object, or of its Scale. Only the Scale's `spec.replicas` is kept."""
        apply = patcher(media_type)
        current = self._store.get(target.resource, target.namespace, target.name)
        if target.subresource == "scale":
            return self._save_scale(apply(scale_of(current), body, SCALE, options), current, options)
        new = apply(current, body, RULES[target.resource].type, options)
        _check_identity(new, current)
        return self._save(target.resource, new, current, options)

    def apply(self, target: Target, body: bytes, options: WriteOptions) -> Json:
        """PATCH that applies an object; one that is not there is made."""
        resource, place = target.resource, (target.namespace, target.name)
        config = applied_body(resource, *place, body)
        if not self._store.has(resource, *place):
            self._check_place(target)
            given = config["metadata"].get("uid")
            if given:
                fault = FieldFault.invalid("metadata.uid", given, IMMUTABLE)
                raise invalid(resource.group, resource.kind, target.name, fault)
            owned = owned_by(config, options, self._store.now())
            if resource.namespaced:
                config["metadata"]["namespace"] = target.namespace
            config["metadata"].pop("resourceVersion", None)
            return self._begin(resource, config, options, owned)
        current = self._store.get(resource, *place)
        new, owned = merged(current, config, options, self._store.now())
        return self._save(resource, new, current, options, owned=owned)

    def scale(self, namespace: str, name: str) -> Json:
        """The Scale of a Deployment; raises ApiError NotFound for the deployment, as the original does."""
        return scale_of(self._store.get(DEPLOYMENTS, namespace, name))

    def _save_scale(self, scale: Json, current: Json, options: WriteOptions) -> Json:
        _check_identity(scale, current)
        _check_uid(DEPLOYMENTS, scale, current)
        if faults := scale_faults(scale):
            raise invalid("autoscaling", "Scale", current["metadata"]["name"], *faults)
        new = duplicate(current)
        new["spec"]["replicas"] = scale.get("spec", {}).get("replicas", 0)
        new["metadata"]["resourceVersion"] = scale["metadata"].get("resourceVersion", "")
        return scale_of(self._save(DEPLOYMENTS, new, current, options, subresource="scale"))

    def _writer(self, resource: Resource, options: WriteOptions, subresource: str) -> Owner:
        now = self._store.now()
        nothing: frozenset[Path] = frozenset()
        return Owner(options.field_manager, UPDATE, resource.api_version, now, nothing, subresource)

    def _save(
        self,
        resource: Resource,
        new: Json,
        current: Json,
        options: WriteOptions,
        subresource: str = "",
        owned: list[Json] | None = None,
    ) -> Json:
        """Store an object in place of another; its generation follows what counts, its status stays."""
        rules, meta, old = RULES[resource], new["metadata"], current["metadata"]
        rules.default(new)
        version = meta.get("resourceVersion", "")
        if version and not version.isdigit():
            raise unreadable(f'strconv.ParseUint: parsing "{version}": invalid syntax')
        if version and version != old["resourceVersion"]:
            raise conflict(resource, old["name"])
        if faults := rules.faults(new, current):
            raise invalid(resource.group, resource.kind, old["name"], *faults)
        for kept in KEPT:
            meta.pop(kept, None)
            meta |= {kept: old[kept]} if kept in old else {}
        new |= {"apiVersion": resource.api_version, "kind": resource.kind}
        if rules.status:
            new["status"] = duplicate(current.get("status", {}))
        if rules.counts is not None and rules.counts(new) != rules.counts(current):
            meta["generation"] = old["generation"] + 1
        if owned is None:
            owned = after_update(current, new, self._writer(resource, options, subresource))
        meta["managedFields"] = owned
        if options.dry_run:
            return new
        saved = self._store.save(resource, new)
        if "deletionTimestamp" in old and not meta.get("finalizers"):
            self._store.remove(resource, old.get("namespace", ""), old["name"])
        return saved


def scale_of(deployment: Json) -> Json:
    """The autoscaling/v1 view; zero is left out, as Go's `omitempty` does."""
    meta, status = deployment["metadata"], deployment.get("status", {})
    replicas = deployment["spec"]["replicas"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: meta[key] for key in kept},
        "spec": {"replicas": replicas} if replicas else {},
        "status": {
            "replicas": status.get("replicas", 0),
            "selector": written(deployment["spec"]["selector"]),
        },
    }


# -- checks that come before validation

OTHER_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request"


def _check_identity(new: Json, current: Json) -> None:
    meta, old = new["metadata"], current["metadata"]
    if meta.get("namespace", old.get("namespace")) != old.get("namespace"):
        raise bad_request(OTHER_NAMESPACE)
    name = old["name"]
    if not meta.get("name"):
        raise bad_request(
            f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )
    if meta["name"] != name:
        raise bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({name})"
        )


def _check_uid(resource: Resource, new: Json, current: Json) -> None:
    """A uid in a PUT or a Scale is a precondition."""
    old = current["metadata"]
    given = new["metadata"].get("uid", old["uid"])
    if given != old["uid"]:
        because = f"Precondition failed: UID in precondition: {given}, UID in object meta: {old['uid']}"
        raise conflict(resource, old["name"], because)
