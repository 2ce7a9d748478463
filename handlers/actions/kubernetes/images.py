"""References of images: what one is, and which of them policy lets run (CC-16).

https://github.com/distribution/reference/blob/main/reference.go has the grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers.actions.kubernetes import wording
from handlers.errors import DoNotRetry
from policies.cluster import ImageRules, matches

LONGEST = 512
"""Characters of a reference with its container; a repository's name has 255 at most."""
_LONGEST_NAME = 255
_HUB = "docker.io"
"""Where an image comes from when it names no registry."""
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?"
_REFERENCE = re.compile(
    rf"(?P<name>(?:{_HOST}/)?{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@sha256:(?P<digest>[0-9a-f]{64}))?"
)
_CONTAINER = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Image:
    """An image, as it was written. `container` is empty when none was named."""

    container: str
    text: str
    repository: str
    tag: str
    digest: str

    @property
    def pinned(self) -> str:
        """What an approval pins, in words."""
        return wording.PINNED.format(digest=self.digest[:12]) if self.digest else wording.NOT_PINNED


def image_in(text: str) -> Image | None:
    """`[container=]image`; None for what is none. Bounded before it is looked at."""
    if len(text) > LONGEST:
        return None
    container, _, reference = text.rpartition("=")
    found = _REFERENCE.fullmatch(reference)
    if found is None or len(found["name"]) > _LONGEST_NAME:
        return None
    if "=" in text and not _CONTAINER.fullmatch(container):
        return None
    return Image(container, reference, _whole(found["name"]), found["tag"] or "", found["digest"] or "")


def _whole(name: str) -> str:
    """A repository with its registry: `api` is `docker.io/library/api`."""
    first, slash, _ = name.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first):
        return name
    return f"{_HUB}/{name}" if slash else f"{_HUB}/library/{name}"


def check(image: Image, rules: ImageRules | None) -> None:
    """Raises DoNotRetry for an image that policy does not let run, with what it would."""
    if rules is None:
        raise DoNotRetry(wording.NO_IMAGE_RULES, "no-image-rules")
    if not any(_under(image.repository, one) for one in rules.registries):
        known = ", ".join(rules.registries)
        raise DoNotRetry(wording.NO_REGISTRY.format(image=image.repository, known=known), "registry")
    if image.tag == "latest" or not (image.tag or image.digest):
        raise DoNotRetry(wording.NO_LATEST, "latest")
    if image.digest:
        return
    if rules.tags is None:
        raise DoNotRetry(wording.NO_DIGEST, "no-digest")
    if not matches(rules.tags, image.tag):
        raise DoNotRetry(wording.NO_SUCH_TAG.format(tag=image.tag, form=rules.tags), "tag")


def _under(repository: str, registry: str) -> bool:
    """Whether a repository is under a registry, part by part: `ghcr.io/ab` is not under `ghcr.io/a`."""
    host, slash, rest = registry.partition("/")
    named = "." in host or ":" in host or host == "localhost"
    prefix = registry if named else f"{_HUB}/{host}{slash}{rest}"
    return repository == prefix or repository.startswith(f"{prefix}/")
