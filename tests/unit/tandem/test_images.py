from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from tandem.docker import Image
from tandem.docker.images import Supply, repository, resolve, supply_missing
from tandem.exits import ENVIRONMENT, USAGE, Stop
from tests.unit.tandem.fakes import FakeDocker, image_id

DIGEST = "ghcr.io/acme/web@sha256:" + "d" * 64


def found(docker: FakeDocker, reference: str, *, skip_pull: bool = False) -> str:
    said: list[str] = []
    return resolve(reference, Supply(docker, partial(docker.pull, limit=1)), skip_pull=skip_pull, say=said.append)


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


class Elsewhere:
    """A host with a Docker of its own that knows no image; what is sent to it is there."""

    def __init__(self) -> None:
        self.host, self.mine = FakeDocker(), FakeDocker()
        self.host.images = {}
        self.sent: list[str] = []

    @property
    def supply(self) -> Supply:
        return Supply(self.host, partial(self.host.pull, limit=1), "203.0.113.7", self.mine, self._send)

    def resolve(self, reference: str, *, skip_pull: bool = False) -> str:
        return resolve(reference, self.supply, skip_pull=skip_pull, say=lambda _: None)

    def _send(self, reference: str, image: Image) -> None:
        self.sent.append(reference)
        self.host.images[reference] = image


class TestOnAHostElsewhere:
    def test_an_image_that_only_this_machine_has_is_sent_once(self) -> None:
        there = Elsewhere()

        assert [there.resolve("demo:2"), there.resolve("demo:2")] == [image_id(2)] * 2
        assert there.sent == ["demo:2"]

    def test_a_tag_means_what_it_means_here_and_not_what_it_once_meant_there(self) -> None:
        there = Elsewhere()
        there.host.images["demo:2"] = Image(image_id(9))

        assert there.resolve("demo:2") == image_id(2)

    def test_what_a_registry_knows_is_pulled_by_the_host(self) -> None:
        there = Elsewhere()
        there.mine.images["ghcr.io/acme/web:42"] = Image(image_id(4), (DIGEST,))
        there.host.pullable[DIGEST] = Image(image_id(4), (DIGEST,))

        assert there.resolve("ghcr.io/acme/web:42") == DIGEST
        assert (there.host.pulled, there.sent) == ([DIGEST], [])

    def test_an_image_that_only_the_host_has_needs_nothing_here(self) -> None:
        there = Elsewhere()
        there.host.images["built:there"] = Image(image_id(7))

        assert there.resolve("built:there") == image_id(7)

    def test_skip_pull_forbids_to_send(self) -> None:
        there = Elsewhere()

        with pytest.raises(Stop, match="--skip-pull"):
            there.resolve("demo:2", skip_pull=True)
        assert there.sent == []

    def test_one_that_is_of_no_use_there_is_not_sent(self) -> None:
        there = Elsewhere()

        def refuse(reference: str, image: Image | None) -> None:
            raise Stop(f"{reference} is for another machine", ENVIRONMENT)

        with pytest.raises(Stop, match="demo:2 is for another machine"):
            resolve("demo:2", replace(there.supply, vet=refuse), skip_pull=False, say=lambda _: None)
        assert there.sent == []

    def test_an_image_that_arrives_as_another_one_is_refused(self) -> None:
        there = Elsewhere()
        supply = replace(there.supply, send=lambda _reference, _image: None)

        with pytest.raises(Stop, match="keep images in different ways"):
            resolve("demo:2", supply, skip_pull=False, say=lambda _: None)

    def test_what_the_stack_file_names_is_sent_where_the_host_lacks_it(self) -> None:
        there = Elsewhere()
        there.host.images[image_id(1)] = Image(image_id(1))

        supply_missing(["tandem-gateway:local", image_id(1), "ghcr.io/acme/nowhere:1"], there.supply)

        assert there.sent == ["tandem-gateway:local"]
