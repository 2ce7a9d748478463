"""What the cluster offers, for clients that ask first: kubectl, the dynamic client."""

from __future__ import annotations

from sandbox.cluster.resources import RESOURCES, Resource
from sandbox.cluster.shapes import Json

VERSION: Json = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.3-practice",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2026-04-22T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "practice/any",
}


def discovery(path: str, address: str) -> Json | None:
    """The document at a discovery path, None where there is none. `address` is host:port."""
    match path.strip("/").split("/"):
        case ["version"]:
            return VERSION
        case ["api"]:
            reached = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": reached}
        case ["apis"]:
            groups = [_group(*pair) for pair in _groups()]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        case ["apis", group] if group in dict(_groups()):
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, dict(_groups())[group])}
        case ["api", "v1"]:
            return _resources("", "v1")
        case ["apis", group, version] if (group, version) in _groups():
            return _resources(group, version)
        case _:
            return None


def _groups() -> list[tuple[str, str]]:
    return sorted({(each.group, each.version) for each in RESOURCES if each.group})


def _group(group: str, version: str) -> Json:
    offered = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [offered], "preferredVersion": offered}


def _resources(group: str, version: str) -> Json:
    listed: list[Json] = []
    for each in RESOURCES:
        if (each.group, each.version) == (group, version):
            listed += [_resource(each), *_subresources(each)]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": listed,
    }


def _resource(resource: Resource) -> Json:
    return {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": sorted(resource.verbs),
    } | ({"shortNames": list(resource.short_names)} if resource.short_names else {})


def _subresources(resource: Resource) -> list[Json]:
    listed = []
    for each in resource.subresources:
        entry: Json = {
            "name": f"{resource.plural}/{each.name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": each.kind,
            "verbs": sorted(each.verbs),
        }
        if each.group != "":
            entry |= {"group": each.group, "version": each.version}
        listed.append(entry)
    return listed
