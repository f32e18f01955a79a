"""What `tandem check env` says of contracts: where variables come from, what hides them, what is in the container."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from config.apps import App
from config.storage import DirectoryStorage
from config.storage_env import Environment, environment
from tandem.checks import contract, contract_table, expects
from tandem.checks.contract import Word
from tandem.checks.variables import Row, Sources, rows
from tandem.docker import Container, Image
from tandem.exits import ENVIRONMENT, USAGE, Stop
from tandem.stack.options import Options
from tests.unit.tandem.fakes import Bench, write_project

APP: dict[str, Any] = {"port": 8000, "health": {"kind": "http", "path": "/healthz"}, "user": "65534:65534"}


def row(
    variable: Mapping[str, Any],
    *,
    held: bool | None = True,
    image: tuple[str, ...] | None = (),
    stored: Environment | None = None,
    **app: Any,
) -> Row:
    section = App.model_validate({**APP, **app, "expects": {"variables": {"NAME": variable}}})
    known = Sources("web", section, stored or Environment({}, {}), {"NAME": held}, {"NAME": "env"}, image)
    (one,) = rows(known)
    return one


class TestAVariableComesFrom:
    def test_the_first_that_has_it(self) -> None:
        secret: dict[str, Any] = {"secrets": ["NAME"]}
        stored = environment(["media"], {"media": DirectoryStorage(kind="directory", path="/srv/media")})
        of_storage = Environment({"NAME": stored.plain["STORAGE_MEDIA_DIRECTORY"]}, {})

        assert row({}, env={"NAME": "x"}, image=("NAME",)).where == "env"
        assert row({}, **secret).where == "secret (env)"
        assert row({}, **secret, held=None).where == "secret (env)"
        assert row({}, **secret, delivery="files").where == "secret file (env)"
        assert row({}, stored=of_storage).where == "storage"
        assert row({"default": "x"}, **secret, held=False).where == "default"
        assert row({"default": "x"}, image=("NAME",)).where == "default"
        assert row({"optional": True}, image=("NAME",)).where == "image"
        assert row({"optional": True}).where == "missing"

    def test_all_of_them_are_as_expected(self) -> None:
        assert {row({}, env={"NAME": "x"}).level, row({"optional": True}).level, row({"default": ""}).level} == {"good"}

    def test_an_image_that_is_not_here_yet_is_believed(self) -> None:
        assert row({"image": True}, image=None).where == "image (not here yet)"
        assert row({"image": True}, image=("NAME",)).level == "good"


class TestWhatIsWrong:
    def test_a_required_secret_without_a_value(self) -> None:
        found = row({}, secrets=["NAME"], held=False, image=("NAME",))

        assert (found.level, found.found, found.code) == ("bad", "its source (env) has no value", ENVIRONMENT)

    def test_an_image_that_does_not_give_what_it_shall(self) -> None:
        found = row({"image": True}, image=("OTHER",))

        assert (found.level, found.found, found.code) == ("bad", "the image's own ENV does not give it", USAGE)

    @pytest.mark.parametrize(("image", "variable"), [("NAME", {}), ("OLD", {"aliases": ["OLD"], "alias": "inject"})])
    def test_an_image_that_hides_the_file_of_a_secret(self, image: str, variable: Mapping[str, Any]) -> None:
        found = row(variable, secrets=["NAME"], delivery="files", image=(image,))

        assert (found.level, found.found) == ("bad", f"the image's own ENV gives {image}, which hides the file")
        assert row(variable, secrets=["NAME"], image=(image,)).level == "good"

    def test_an_image_that_uses_a_refused_name(self) -> None:
        found = row({"aliases": ["OLD"]}, env={"NAME": "x"}, image=("OLD",))

        assert (found.level, found.found) == ("note", "the image's own ENV calls it OLD")

    def test_a_name_that_may_be_this_one_misspelled(self) -> None:
        found = row({"default": "info"}, env={"NAMES": "x"})

        assert (found.level, found.found) == ("note", "env has NAMES")
        assert "Did you mean 'NAME'?" in found.remedy


CONTRACT = """
      env: {MODE: prod}
      secrets: [API_TOKEN]
      expects:
        variables:
          API_TOKEN: {aliases: [TOKEN], alias: inject}
          MODE: {}
          LOG_LEVEL: {default: info}
          SENTRY_DSN: {optional: true}
          PYTHONPATH: {image: true}
        paths:
          /app/data: {exists: true, owner: '65534:65534'}
          /app/.env: {exists: false}
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("API_TOKEN", "a secret value")
    write_project(tmp_path)
    file = tmp_path / "Pulumi.local.yaml"
    file.write_text(file.read_text().replace("    web:\n", f"    web:{CONTRACT}", 1))
    made = Bench(Options(directory=tmp_path))
    made.fake_docker.images["demo:1"] = Image("sha256:" + "1" * 64, (), 0, frozenset({"PATH", "PYTHONPATH"}), "app")
    return made


def live(bench: Bench, variables: Mapping[str, bool], said: str) -> None:
    """Blue serves, its container has these variables, and the host's script says this of its paths."""
    box = Container("id", "web-blue-1a2b3c4d-1", "running", "app", "web", "blue", "blue-1a2b3c4d", "demo:1")
    bench.fake_host.boxes, bench.fake_host.live = [box], {"web": "blue-1a2b3c4d"}
    bench.fake_docker.environments = {box.name: dict(variables)}
    bench.fake_host.contracts = {"web": said}


THERE = dict.fromkeys(("API_TOKEN", "TOKEN", "MODE", "LOG_LEVEL", "PYTHONPATH"), True)
AS_EXPECTED = (
    "exists\t/app/data\tyes\t\nowner=65534:65534\t/app/data\tyes\t65534:65534\nabsent\t/app/.env\tyes\t\nend\n"
)


def test_before_anything_is_deployed_the_sources_are_told_and_nothing_is_seen(bench: Bench) -> None:
    (looked,) = contract.look(bench, None)

    assert [one.where for one in looked.rows] == ["secret (env)", "env", "default", "missing", "image (not here yet)"]
    assert {one.level for one in looked.rows} == {"good"}
    assert looked.seen.why == "no release is live yet"
    assert {one.level for one in looked.paths.values()} == {"note"}
    assert "a secret value" not in "\n".join(contract_table.lines(looked))


def test_a_container_that_is_as_expected_is_told_so(bench: Bench) -> None:
    live(bench, THERE, AS_EXPECTED)

    (looked,) = contract.look(bench, "web")

    assert {one.level for one in contract_table.levels(looked)} == {"good"}
    assert bench.fake_host.told[-1] == (
        "container web-blue-1a2b3c4d-1\nplace exists,owner=65534:65534 /app/data\nplace absent /app/.env\nend\n"
    )


def test_what_is_not_so_in_the_container_is_told_with_what_to_do(bench: Bench) -> None:
    said = AS_EXPECTED.replace("yes\t65534:65534", "no\t0:0 (root:root)").replace(
        "absent\t/app/.env\tyes\t", "absent\t/app/.env\tno\t/app/.env"
    )
    live(bench, {**THERE, "TOKEN": False}, said)

    (looked,) = contract.look(bench, "web")
    lines = list(contract_table.lines(looked))

    assert lines[0] == "web: blue-1a2b3c4d"
    assert any(line.startswith("✗  API_TOKEN") and "TOKEN (told too)" in line for line in lines)
    assert any(line.startswith("✗  /app/data") and "belongs to 0:0 (root:root)" in line for line in lines)
    assert any(line.startswith("✗  /app/.env") and "/app/.env is there and must not be" in line for line in lines)
    assert "→ API_TOKEN: It was made before the stack file said so: tandem deploy web IMAGE" in lines
    told = [json.dumps(line) for line in contract_table.as_json(looked)]
    assert len(told) == 7
    assert json.loads(told[0])["in_container"] is False
    assert json.loads(told[5])["so"] == {"exists": "yes", "owner=65534:65534": "no"}


def test_files_of_secrets_are_looked_for_in_the_container(bench: Bench) -> None:
    bench.stack.file.write_text(
        bench.stack.file.read_text().replace("secrets: [API_TOKEN]", "secrets: [API_TOKEN]\n      delivery: files")
    )
    files = "exists\t/run/secrets/API_TOKEN\tyes\t\nexists\t/run/secrets/TOKEN\tno\t\n"
    live(bench, {"MODE": True, "LOG_LEVEL": True, "PYTHONPATH": True}, files + AS_EXPECTED)

    (looked,) = contract.look(bench, "web")

    assert [one.level for one in looked.rows] == ["bad", "good", "good", "good", "good"]
    assert "place exists /run/secrets/TOKEN\n" in bench.fake_host.told[-1]


def test_a_host_of_older_scripts_is_not_asked(bench: Bench) -> None:
    live(bench, THERE, AS_EXPECTED)
    bench.fake_host.lacks = {"contract"}

    (looked,) = contract.look(bench, "web")

    assert looked.seen.why == "the host has older scripts; next: tandem up"


def test_an_app_of_another_name_is_refused_with_the_nearest(bench: Bench) -> None:
    with pytest.raises(Stop, match="did you mean 'web'") as stop:
        list(contract.look(bench, "wbe"))
    assert stop.value.code == USAGE


def test_half_an_answer_of_the_host_is_none() -> None:
    with pytest.raises(Stop, match="cut off"):
        contract.read("exists\t/app\tyes\t\n")
    assert contract.read("exists\t/app\tyes\t\n\nend\n") == [Word("exists", "/app", "yes", "")]


def test_the_check_before_a_deploy_names_what_the_image_lacks(bench: Bench) -> None:
    bench.fake_docker.images["demo:2"] = Image("sha256:" + "2" * 64, (), 0, frozenset({"PATH"}))

    (good,) = expects.findings(bench, {"web": ["demo:1"]})
    (wrong,) = expects.findings(bench, {"web": ["demo:1", "demo:2"]})

    assert (good.level, good.found) == ("good", "all 5 variables that it expects")
    assert (wrong.subject, wrong.level, wrong.found) == (
        "env web",
        "bad",
        "PYTHONPATH: the image's own ENV does not give it",
    )


def test_names_of_variables_are_asked_of_docker_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    from tandem.docker import Docker

    docker = Docker()
    asked: list[tuple[str, ...]] = []

    def run(*words: str, limit: float = 0) -> subprocess.CompletedProcess[str]:
        asked.append(words)
        return subprocess.CompletedProcess(words, 0, "A\tset\nB\tempty\n\n", "")

    monkeypatch.setattr(docker, "_run", run)

    assert docker.variables("box") == {"A": True, "B": False}
    assert "println ." not in asked[0][-1]
