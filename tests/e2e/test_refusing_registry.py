"""A registry that refuses (403), is busy (429) or out of order (5xx): what is said, and how often it is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tandem.docker.patience import WAITS
from tandem.exits import ENVIRONMENT
from tests.e2e.project import Project, docker
from tests.e2e.refusing import Refusing, refusing
from tests.e2e.registry import PASSWORD, USER, Registry, registry

ONCE = 2
"""Docker puts a question by HEAD, and where that is refused, by GET."""
OFTEN = ONCE * (len(WAITS) + 1)
REFUSALS = [
    (403, "DENIED", ONCE, "denied", "acme may not read it at {0}: look at what REGISTRY_PASSWORD may do"),
    (403, "", ONCE, "403 Forbidden, in words that are no registry's", "look at what REGISTRY_PASSWORD may do"),
    (429, "TOOMANYREQUESTS", OFTEN, "toomanyrequests: not today", "{0} answers acme only so often: wait"),
    (503, "", OFTEN, "unexpected HTTP status: 503", "once `curl -sSI https://{0}/v2/` says 200 or 401"),
]
"""Status, the registry's code (none: a proxy's page), questions, what is said, the next step."""


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registry(tmp_path_factory.mktemp("registry")) as running:
        running.push("demo:1", "acme/web:1")
        yield running


@pytest.fixture
def between(private: Registry) -> Iterator[Refusing]:
    with refusing(private) as running:
        yield running


@pytest.fixture
def reference(web: Project, between: Refusing, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An image there, of which the machine knows nothing; `demo:2` serves."""
    monkeypatch.setenv("REGISTRY_PASSWORD", PASSWORD)
    login = f"{{'{between.address}': {{user: {USER}, password: REGISTRY_PASSWORD}}}}"
    web.file.write_text(web.file.read_text() + f"  tandem:registries: {login}\n")
    web.ok("deploy", "web", "demo:2")
    yield f"{between.address}/acme/web:1"
    web.ok("destroy", "--yes")
    kept = docker("images", "--format", "{{.Repository}}@{{.Digest}}", f"{between.address}/acme/web").split()
    for image in kept:
        docker("rmi", "--force", image)


def test_each_refusal_is_one_error_with_its_next_step_and_nothing_is_changed(
    web: Project, between: Refusing, reference: str
) -> None:
    before = (web.file.read_bytes(), web.served_by(), web.containers())

    for status, code, questions, said, step in REFUSALS:
        between.refuse(status, code)
        refused = web.run("deploy", "web", reference)

        assert refused.code == ENVIRONMENT, refused.text
        *_, error, remedy = refused.err.splitlines()
        assert error.startswith(f"error: image {reference}: is not on this machine and cannot be pulled: ")
        assert said in error
        assert step.format(between.address) in remedy
        assert between.asked == questions
        assert (web.file.read_bytes(), web.served_by(), web.containers()) == before
        assert docker("images", "-q", f"{between.address}/acme/web") == ""


def test_the_check_says_the_same_and_a_pull_without_one_too(web: Project, between: Refusing, reference: str) -> None:
    if web.engine != "offline":
        pytest.skip("neither asks an engine: told with the other one")
    for status, code, questions, said, step in REFUSALS[1::2]:
        for words in (["check", f"web={reference}"], ["deploy", "--no-check", "web", reference]):
            between.refuse(status, code)
            refused = web.run(*words)

            assert refused.code == ENVIRONMENT, refused.text
            assert said in refused.text
            assert step.format(between.address) in refused.text
            assert between.asked == questions


def test_a_registry_that_is_busy_for_a_moment_holds_up_a_deploy_and_no_more(
    web: Project, between: Refusing, reference: str
) -> None:
    between.refuse(429, "TOOMANYREQUESTS", times=ONCE)
    deployed = web.ok("deploy", "web", reference)

    assert "toomanyrequests: not today; another try in 1 s" in deployed.text
    assert f"{between.address}/acme/web@sha256:" in web.file.read_text()
    assert web.served_by()[0] == 200
