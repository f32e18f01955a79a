"""The workflow `build`, its steps as they are written, against a registry that asks who one is."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.project import docker
from tests.e2e.registry import PASSWORD, USER, Registry
from tests.workflows.github import context
from tests.workflows.own_builder import own_builder
from tests.workflows.repository import clone, git, origin
from tests.workflows.runner import Ran, Runner
from tests.workflows.stand_ins import STAND_INS

MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)
DOCKERFILE = "FROM demo:1\nRUN touch /tmp/built\nENV VERSION=from-the-workflow\n"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return origin(tmp_path, {"app/Dockerfile": DOCKERFILE})


def build(bare: Path, folder: Path, registry: Registry, name: str, version: str = "") -> Ran:
    runner = Runner(
        clone(bare, folder / "workflows"),
        folder / "runners",
        context(bare),
        STAND_INS,
        variables={
            "": {
                "IMAGE": f"{registry.address}/acme/{name}",
                "CONTEXT": "app",
                "REGISTRY": registry.address,
                "REGISTRY_USER": USER,
            }
        },
        secrets={"": {"REGISTRY_PASSWORD": PASSWORD}},
    )
    return runner.run("build", {"version": version})["build"]


def test_an_image_is_built_pushed_under_three_names_and_handed_on_by_its_digest(
    bare: Path, tmp_path: Path, registry: Registry
) -> None:
    commit = git(bare, "rev-parse", "main")
    git(bare, "tag", "v1.4.0")
    ran = build(bare, tmp_path, registry, "first", "1.4.0")
    assert ran.status == "success", ran.text
    image, _, digest = ran.outputs["image"].partition("@")
    assert image == f"{registry.address}/acme/first"
    assert {digest_of(registry, "first", tag) for tag in (commit, "latest", "1.4.0")} == {digest}
    forget(f"{image}:{commit}", f"{image}:1.4.0", f"{image}:latest")


def test_the_next_build_begins_with_the_layers_of_the_last(bare: Path, tmp_path: Path, registry: Registry) -> None:
    first = build(bare, tmp_path, registry, "second")
    commit = git(bare, "rev-parse", "main")
    names = [f"{registry.address}/acme/second:{tag}" for tag in (commit, "latest")]
    assert "no layers to begin with" in first.text
    forget(*names)
    again = build(bare, tmp_path / "again", registry, "second")
    assert "Using cache" in again.text or "CACHED" in again.text, again.text
    assert again.outputs == first.outputs
    forget(*names)


def test_a_version_without_its_tag_is_refused_before_anything_is_built(
    bare: Path, tmp_path: Path, registry: Registry
) -> None:
    ran = build(bare, tmp_path, registry, "third", "1.4.0")
    assert ran.status == "failure"
    assert "there is no tag v1.4.0 here" in ran.text
    assert ran.outputs["image"] == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no image: expected a name without a tag"),
        (["ghcr.io/acme/web", "nowhere"], "nowhere: no Dockerfile"),
        (["ghcr.io/acme/web", "app", "1.4 $(x)"], "expected a version such as 1.4.0"),
    ],
)
def test_what_is_missing_is_named(bare: Path, tmp_path: Path, words: list[str], said: str) -> None:
    folder = clone(bare, tmp_path / "laptop")
    done = subprocess.run(["workflows/build", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_builder_of_its_own_keeps_all_layers_in_the_registry(bare: Path, tmp_path: Path) -> None:
    """Docker's own builder cannot; here a noted call stands for the other one, which this machine may not have."""
    folder = clone(bare, tmp_path / "laptop")
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "docker"
    fake.write_text(
        '#!/bin/sh\nif [ "$2" = inspect ]; then echo "Driver: docker-container"; exit; fi\necho "$@" >&2\n'
        'while [ "$1" != --metadata-file ]; do shift; done\n'
        'echo \'{"containerimage.digest": "sha256:1f2e"}\' >"$2"\n'
    )
    fake.chmod(0o755)
    done = subprocess.run(
        ["workflows/build", "ghcr.io/acme/web", "app"],
        cwd=folder,
        env={"PATH": f"{fake.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "image=ghcr.io/acme/web@sha256:1f2e\n"
    cache = "type=registry,ref=ghcr.io/acme/web:cache"
    assert f"--cache-from {cache} --cache-to {cache},mode=max" in done.stderr


STAGES = """\
FROM {base} AS tools
RUN head -c 16 /dev/urandom | sha256sum >/tmp/made-once
FROM {base}
COPY --from=tools /tmp/made-once /tmp/made-once
RUN head -c 16 /dev/urandom | sha256sum >/tmp/made-too
ENV VERSION={version}
"""


def test_a_builder_of_its_own_takes_all_layers_of_the_last_build_from_the_registry(
    tmp_path: Path, registry: Registry
) -> None:
    base, image = registry.push("demo:1", "acme/base:1"), f"{registry.address}/acme/fourth"
    first_day = origin(tmp_path / "first", {"app/Dockerfile": STAGES.format(base=base, version=1)})
    next_day = origin(tmp_path / "next", {"app/Dockerfile": STAGES.format(base=base, version=2)})

    def built(bare: Path, name: str) -> tuple[str, int]:
        """The image, and how many of its three steps were run. Each time by a builder that has never built."""
        folder = clone(bare, tmp_path / f"{name}-laptop")
        with own_builder(tmp_path / name, registry) as environment:
            done = subprocess.run(
                ["workflows/build", image, "app"],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, done.stderr
        return done.stdout, 3 - done.stderr.count(" CACHED")

    first, ran = built(first_day, "a")
    assert ran == 3
    assert digest_of(registry, "fourth", "cache").startswith("sha256:")
    again, ran = built(first_day, "b")
    assert (again, ran) == (first, 0)
    # Made anew they would be other layers: what they hold is random.
    changed, ran = built(next_day, "c")
    assert ran == 0
    assert changed != first
    assert layers_of(registry, "fourth", changed) == layers_of(registry, "fourth", first)


def digest_of(registry: Registry, name: str, tag: str) -> str:
    """What the registry itself says that a tag means."""
    return asked(registry, name, tag)[0]


def layers_of(registry: Registry, name: str, said: str) -> list[str]:
    """The layers of what `workflows/build` printed, by their digests."""
    layers: list[Mapping[str, str]] = asked(registry, name, said.strip().partition("@")[2])[1]["layers"]
    return [layer["digest"] for layer in layers]


def asked(registry: Registry, name: str, what: str) -> tuple[str, Any]:
    """The digest and the manifest that the registry has under a tag or digest."""
    request = urllib.request.Request(
        f"http://{registry.address}/v2/acme/{name}/manifests/{what}",
        headers={"Accept": ", ".join(MANIFESTS), "Authorization": registry.authorization},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.headers["Docker-Content-Digest"]), json.load(answer)


def forget(*names: str) -> None:
    docker("rmi", "--force", *names)
