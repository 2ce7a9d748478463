"""Writes: decode, default, check the version, validate, store; for every kind in `rules.RULES`."""

from __future__ import annotations

import secrets

from sandbox.cluster.bodies import WriteOptions, decoded_body, patcher
from sandbox.cluster.paths import Target
from sandbox.cluster.pods import SUFFIX_LETTERS
from sandbox.cluster.resources import DEPLOYMENTS, NAMESPACES, Resource
from sandbox.cluster.rules import RULES
from sandbox.cluster.shapes import Json, duplicate
from sandbox.cluster.status import (
    already_exists,
    bad_request,
    conflict,
    invalid,
    unreadable,
)
from sandbox.cluster.store import Store
from sandbox.cluster.types import SCALE
from sandbox.cluster.validation import scale_faults

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
        if resource.namespaced:
            if meta.setdefault("namespace", target.namespace) != target.namespace:
                raise bad_request(OTHER_NAMESPACE)
            self._store.get(NAMESPACES, "", target.namespace)
        if meta.pop("resourceVersion", "") and not options.dry_run:
            raise unreadable("resourceVersion should not be set on objects to be created")
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))
        return self.begin(resource, new, options)

    def begin(self, resource: Resource, new: Json, options: WriteOptions) -> Json:
        """Store an object that is new, once it is whole and right."""
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
        meta["managedFields"] = managed({}, resource, options.field_manager, "", self._store.now())
        return new if options.dry_run else self._store.create(resource, new)

    def replace(self, target: Target, body: bytes, options: WriteOptions) -> Json:
        """PUT of an object, or of its Scale."""
        current = self._store.get(target.resource, target.namespace, target.name)
        if target.subresource == "scale":
            return self._save_scale(decoded_body(body, SCALE, options), current, options)
        new = decoded_body(body, RULES[target.resource].type, options, target.resource)
        _check_identity(new, current)
        _check_uid(target.resource, new, current)
        return self.save(target.resource, new, current, options)

    def patch(self, target: Target, media_type: str, body: bytes, options: WriteOptions) -> Json:
        """PATCH of an object, or of its Scale. Only the Scale's `spec.replicas` is kept."""
        apply = patcher(media_type)
        current = self._store.get(target.resource, target.namespace, target.name)
        if target.subresource == "scale":
            return self._save_scale(apply(scale_of(current), body, SCALE, options), current, options)
        new = apply(current, body, RULES[target.resource].type, options)
        _check_identity(new, current)
        return self.save(target.resource, new, current, options)

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
        return scale_of(self.save(DEPLOYMENTS, new, current, options, subresource="scale"))

    def save(
        self, resource: Resource, new: Json, current: Json, options: WriteOptions, subresource: str = ""
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
        meta["managedFields"] = managed(old, resource, options.field_manager, subresource, self._store.now())
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
    labels = deployment["spec"]["selector"]["matchLabels"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: meta[key] for key in kept},
        "spec": {"replicas": replicas} if replicas else {},
        "status": {
            "replicas": status.get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in sorted(labels.items())),
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


def managed(old: Json, resource: Resource, manager: str, subresource: str, now: str) -> list[Json]:
    """Who wrote last, a line for each manager; the fields themselves are not tracked."""
    entry = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": resource.api_version,
        "time": now,
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {}},
    } | ({"subresource": subresource} if subresource else {})
    others = [
        each
        for each in old.get("managedFields", [])
        if (each["manager"], each.get("subresource", "")) != (manager, subresource)
    ]
    return [*others, entry]
