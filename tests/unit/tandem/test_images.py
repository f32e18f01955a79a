from __future__ import annotations

import pytest

from tandem.docker import Image
from tandem.exits import ENVIRONMENT, USAGE, Stop
from tandem.images import repository, resolve
from tests.unit.tandem.fakes import FakeDocker, image_id

DIGEST = "ghcr.io/acme/web@sha256:" + "d" * 64


def found(docker: FakeDocker, reference: str, *, skip_pull: bool = False) -> str:
    said: list[str] = []
    return resolve(reference, docker, skip_pull=skip_pull, say=said.append)


def test_a_local_image_that_no_registry_knows_becomes_its_id() -> None:
    assert found(FakeDocker(), "demo:2") == image_id(2)


def test_an_image_of_a_registry_becomes_the_digest_under_its_own_repository() -> None:
    docker = FakeDocker()
    docker.images["ghcr.io/acme/web:42"] = Image(image_id(4), ("mirror.test/web@sha256:" + "e" * 64, DIGEST))
    assert found(docker, "ghcr.io/acme/web:42") == DIGEST


def test_a_tag_of_another_repository_is_not_mistaken_for_it() -> None:
    docker = FakeDocker()
    docker.images["local/web:1"] = Image(image_id(5), (DIGEST,))
    assert found(docker, "local/web:1") == image_id(5)


def test_a_digest_stays_as_it_is() -> None:
    docker = FakeDocker()
    docker.images[DIGEST] = Image(image_id(6), (DIGEST,))
    assert found(docker, DIGEST) == DIGEST


def test_a_short_image_id_becomes_the_whole_one() -> None:
    docker = FakeDocker()
    docker.images["sha256:111"] = Image(image_id(1))
    assert found(docker, "sha256:111") == image_id(1)


def test_an_absent_image_is_pulled() -> None:
    docker = FakeDocker()
    docker.pullable["ghcr.io/acme/web:42"] = Image(image_id(4), (DIGEST,))
    assert found(docker, "ghcr.io/acme/web:42") == DIGEST
    assert docker.pulled == ["ghcr.io/acme/web:42"]


@pytest.mark.parametrize(
    ("reference", "skip_pull", "said", "code"),
    [
        ("demo:9", False, "cannot be pulled: pull access denied.*docker build -t demo:9", ENVIRONMENT),
        ("demo:9", True, "--skip-pull", ENVIRONMENT),
        ("sha256:" + "9" * 64, False, "an image ID cannot be pulled", ENVIRONMENT),
        ("demo 9", False, "expected a reference", USAGE),
        ("", False, "expected a reference", USAGE),
    ],
)
def test_what_cannot_be_had_is_named_with_what_to_do(reference: str, skip_pull: bool, said: str, code: int) -> None:
    import re

    with pytest.raises(Stop) as stopped:
        found(FakeDocker(), reference, skip_pull=skip_pull)
    assert re.search(said, str(stopped.value), re.DOTALL)
    assert stopped.value.code == code


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("demo:2", "demo"),
        ("docker.io/library/demo:2", "demo"),
        ("docker.io/acme/demo", "acme/demo"),
        ("localhost:5000/demo:2", "localhost:5000/demo"),
        ("localhost:5000/demo", "localhost:5000/demo"),
        ("ghcr.io/acme/web:1@sha256:abc", "ghcr.io/acme/web"),
    ],
)
def test_a_repository_is_spelled_as_docker_spells_it(reference: str, expected: str) -> None:
    assert repository(reference) == expected
