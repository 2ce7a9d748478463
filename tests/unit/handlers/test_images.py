"""Which images may be set by hand, and what can be no image at all (CC-16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.images import LONGEST, check, image_in
from handlers.actions.kubernetes.setting_images import ImageParams
from handlers.errors import DoNotRetry
from policies.cluster import ImageRules

DIGEST = f"sha256:{'0a' * 32}"
STRICT = ImageRules.model_validate({"registries": ("ghcr.io/yourorg", "auditron")})
TAGS = ImageRules.model_validate({"registries": ("ghcr.io/yourorg",), "tags": "v[0-9]+[.][0-9]+"})


@pytest.mark.parametrize(
    ("text", "container", "repository", "tag", "digest"),
    [
        ("api", "", "docker.io/library/api", "", ""),
        ("auditron/api:2.4.1", "", "docker.io/auditron/api", "2.4.1", ""),
        ("api=ghcr.io/yourorg/rag:v1.2.3", "api", "ghcr.io/yourorg/rag", "v1.2.3", ""),
        (f"localhost:5000/a/b@{DIGEST}", "", "localhost:5000/a/b", "", "0a" * 32),
        (f"side-car=ghcr.io/a/b:v1@{DIGEST}", "side-car", "ghcr.io/a/b", "v1", "0a" * 32),
    ],
)
def test_a_reference_is_taken_apart(
    text: str, container: str, repository: str, tag: str, digest: str
) -> None:
    image = image_in(text)

    assert image is not None
    assert (container, repository, tag, digest) == (
        image.container, image.repository, image.tag, image.digest
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ghcr.io/yourorg/api:v1\n",
        "ghcr.io/yourorg/api:v1\nprivileged: true",
        "ghcr.io/YourOrg/api:v1",
        "ghcr.io//api:v1",
        "../../etc/passwd",
        "https://ghcr.io/yourorg/api:v1",
        "ghcr.io/yourorg/api:v1:v2",
        f"ghcr.io/yourorg/api@sha256:{'0a' * 31}",
        f"ghcr.io/yourorg/api@sha256:{'0A' * 32}",
        f"ghcr.io/yourorg/api@sha512:{'0a' * 64}",
        "=ghcr.io/yourorg/api:v1",
        "API=ghcr.io/yourorg/api:v1",
        "a=b=ghcr.io/yourorg/api:v1",
        "ghcr.io/yourorg/аpi:v1",
        f"ghcr.io/{'a/' * 150}b:v1",
        "x" * 300_000,
        "a-" * 150_000,
        f"ghcr.io/yourorg/api:{'1' * 129}",
    ],
)
def test_what_is_no_image_is_answered_at_once(text: str) -> None:
    assert image_in(text) is None
    with pytest.raises(ValidationError, match="write an image, such as"):
        ImageParams(deployment="api", image=f"{text};")


@given(st.text(max_size=LONGEST + 20))
def test_whatever_is_typed_is_an_image_or_is_not(text: str) -> None:
    image = image_in(text)
    assert image is None or image.text in text


@pytest.mark.parametrize(
    ("rules", "text", "code"),
    [
        (None, f"ghcr.io/yourorg/api@{DIGEST}", "no-image-rules"),
        (STRICT, f"ghcr.io/yourorgs/api@{DIGEST}", "registry"),
        (STRICT, f"ghcr.io/other/api@{DIGEST}", "registry"),
        (STRICT, f"evil.example/ghcr.io/yourorg/api@{DIGEST}", "registry"),
        (STRICT, "ghcr.io/yourorg/api:latest", "latest"),
        (STRICT, f"ghcr.io/yourorg/api:latest@{DIGEST}", "latest"),
        (STRICT, "ghcr.io/yourorg/api", "latest"),
        (STRICT, "ghcr.io/yourorg/api:v1.2", "no-digest"),
        (TAGS, "ghcr.io/yourorg/api:v1.2-rc1", "tag"),
        (TAGS, "ghcr.io/yourorg/api:latest", "latest"),
    ],
)
def test_what_policy_does_not_let_run_is_refused_with_the_rule(
    rules: ImageRules | None, text: str, code: str
) -> None:
    image = image_in(text)
    assert image is not None
    with pytest.raises(DoNotRetry) as no:
        check(image, rules)
    assert code == no.value.code


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (STRICT, f"ghcr.io/yourorg/rag@{DIGEST}"),
        (STRICT, f"auditron/api@{DIGEST}"),
        (STRICT, f"docker.io/auditron/api:v7@{DIGEST}"),
        (TAGS, "ghcr.io/yourorg/rag:v1.2"),
    ],
)
def test_what_policy_lets_run_says_what_is_pinned(rules: ImageRules, text: str) -> None:
    image = image_in(text)
    assert image is not None

    check(image, rules)

    assert (image.pinned == wording.NOT_PINNED) == (not image.digest)
    assert ("0a0a0a0a0a0a…" in image.pinned) == bool(image.digest)
