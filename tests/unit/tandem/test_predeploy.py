"""The check before a deploy: what stops it, what only warns, and that nothing was touched."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from tandem.checks import every, jobs, migrations
from tandem.checks.finding import bad, note
from tandem.cli.root import app
from tandem.docker.registry import Manifest
from tandem.exits import ENVIRONMENT, REFUSED, Stop
from tandem.moves import deploys, turns
from tests.unit.tandem.fakes import Bench, image_id
from tests.unit.tandem.moving import deploy

AMD64 = {"DockerRootDir": "/", "ServerVersion": "20.10", "OSType": "linux", "Architecture": "x86_64"}
KEY = "AKIA" + "Q3EGRSTUVWXYZ234"
LATER, PAST = date.today() + timedelta(days=9), date.today() - timedelta(days=1)


def track(bench: Bench, name: str, text: str) -> None:
    folder = bench.stack.directory
    subprocess.run(["git", "-C", str(folder), "init", "--quiet"], check=True)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    subprocess.run(["git", "-C", str(folder), "add", name], check=True)


def expiring(open_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, day: date) -> Bench:
    monkeypatch.setenv("GHCR_TOKEN", "x")
    names = f"  tandem:secrets: {{names: {{GHCR_TOKEN: {{expires: {day}}}}}}}\n"
    return open_bench(extra=names + "  tandem:registries: {ghcr.io: {user: acme, password: GHCR_TOKEN}}\n")


@pytest.mark.parametrize("move", ["deploy", "prepare"])
def test_a_secret_in_the_checkout_stops_it_and_is_named_by_place_and_kind(bench: Bench, move: str) -> None:
    track(bench, "prod.env", f"A=1\nKEY={KEY}\n")
    before = bench.text

    with pytest.raises(Stop, match=r"tree: prod\.env:2: aws-access-key\n.*\.secrets-allowed.*\n.*--no-check") as stop:
        if move == "deploy":
            deploys.deploy(bench, {"web": "demo:1"})
        else:
            turns.prepare(bench, {"web": "demo:1"}, colour=None, skip_pull=False)

    assert stop.value.code == REFUSED
    assert KEY not in str(stop.value)
    assert (bench.text, bench.fake_engine.runs) == (before, [])


def test_who_knows_better_deploys_all_the_same(bench: Bench) -> None:
    track(bench, "prod.env", KEY)
    bench.checked = False
    deploy(bench, web="demo:1")
    assert bench.fake_engine.runs == ["up"]


def test_a_secret_out_of_date_stops_it_and_one_that_soon_is_warns(
    open_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = expiring(open_bench, monkeypatch, PAST)
    with pytest.raises(Stop, match=f"secret GHCR_TOKEN: expired on {PAST}") as stop:
        deploy(bench, web="demo:1")
    assert stop.value.code == ENVIRONMENT
    assert bench.fake_engine.runs == []

    bench.stack.file.write_text(bench.text.replace(str(PAST), str(LATER)))
    soon = bench.again()
    deploy(soon, web="demo:1")
    assert f"secret GHCR_TOKEN: expires on {LATER}, in 9 days" in soon.errors.getvalue()
    assert bench.fake_engine.runs == ["up"]


class TestImages:
    @pytest.fixture
    def bench(self, bench: Bench) -> Bench:
        bench.fake_docker.answers = AMD64
        return bench

    def test_one_for_another_machine_is_refused_before_anything_starts(self, bench: Bench) -> None:
        bench.fake_docker.images["demo:2"] = replace(bench.fake_docker.images["demo:2"], platform="linux/arm64")
        before = bench.text
        with pytest.raises(
            Stop, match=r"is for linux/arm64, and this machine is linux/amd64\n.*--platform linux/amd64"
        ):
            deploy(bench, web="demo:2")
        assert (bench.text, bench.fake_engine.runs) == (before, [])

        emulated = bench.again()
        emulated.checked = False
        deploy(emulated, web="demo:2")
        assert bench.fake_engine.runs == ["up"]

    def test_one_that_a_registry_has_for_other_machines_is_not_even_pulled(self, bench: Bench) -> None:
        bench.registry["ghcr.io/acme/web:1"] = Manifest("sha256:" + "d" * 64, ("linux/arm64", "linux/s390x"))
        with pytest.raises(Stop, match="is for linux/arm64, linux/s390x") as stop:
            deploy(bench, web="ghcr.io/acme/web:1")
        assert stop.value.code == ENVIRONMENT
        assert bench.fake_docker.pulled == []

    @pytest.mark.parametrize(
        ("said", "next_step"),
        [
            ("manifest unknown", "docker push ghcr.io/acme/web:1"),
            ("unauthorized: authentication required", "under tandem:registries"),
            ("dial tcp 10.0.0.1:443: connect: connection refused", "curl -sSI https://ghcr.io/v2/"),
        ],
    )
    def test_one_that_is_not_to_be_had_is_told_with_the_next_step(
        self, said: str, next_step: str, bench: Bench
    ) -> None:
        bench.registry["ghcr.io/acme/web:1"] = said
        with pytest.raises(Stop) as stop:
            deploy(bench, web="ghcr.io/acme/web:1")
        assert f"cannot be pulled: {said}" in str(stop.value)
        assert next_step in str(stop.value)
        assert stop.value.code == ENVIRONMENT

    def test_what_up_is_to_make_is_asked_for_and_what_runs_is_not(self, bench: Bench) -> None:
        from tandem.moves.up import up

        deploy(bench, web="demo:1")
        del bench.fake_docker.images["demo:1"]
        up(bench.again())

        gone = bench.again()
        gone.stack.file.write_text(gone.text.replace(image_id(1), image_id(9)))
        with pytest.raises(Stop, match="is not on this machine"):
            up(gone)

    def test_a_check_may_name_what_is_to_be_deployed(self, bench: Bench) -> None:
        bench.registry["ghcr.io/acme/web:1"] = "denied"
        found = {
            one.subject: one.level for one in every.findings(bench, {"web": "ghcr.io/acme/web:1", "admin": "demo:1"})
        }
        assert (found["image ghcr.io/acme/web:1"], found["image demo:1"]) == ("bad", "note")


class TestMigrations:
    @pytest.fixture
    def bench(self, bench: Bench) -> Bench:
        text = bench.text.replace("    web:\n", "    web:\n      before_switch: {command: [manage, migrate]}\n")
        bench.stack.file.write_text(text)
        return bench.again()

    def test_what_is_declared_is_told_with_its_program_in_the_image(self, bench: Bench) -> None:
        (found,) = jobs.findings(bench, {"web": "demo:1"})
        assert (found.level, found.found) == ("good", "web: `manage migrate`, at most 5m0s; demo:1 has manage")

    def test_a_program_that_the_image_lacks_is_bad_before_its_deploy_and_a_note_afterwards(self, bench: Bench) -> None:
        bench.fake_docker.programs = {"manage": False}
        (before,) = jobs.findings(bench, {"web": "demo:1"})
        assert before == bad(
            "migrations",
            "web: `manage migrate`, at most 5m0s; demo:1 has no manage",
            "Correct apps.web.before_switch.command, or build it into the image",
        )
        deploy(bench, web="demo:1")
        (after,) = jobs.findings(bench.again(), {})
        assert after.level == "note"

    def test_an_image_without_a_shell_keeps_it_to_itself(self, bench: Bench) -> None:
        bench.fake_docker.programs = {"manage": None}
        (found,) = jobs.findings(bench, {"web": "demo:1"})
        assert found.level == "note"
        assert "it has no `sh` that runs there" in found.found

    def test_before_the_first_deploy_there_is_no_image_to_ask(self, bench: Bench) -> None:
        (found,) = jobs.findings(bench, {})
        assert found.found.endswith("its image is not on this machine yet")

    def test_the_images_own_entry_point_is_what_starts(self, bench: Bench) -> None:
        image = replace(bench.fake_docker.images["demo:1"], entrypoint=("/entry",))
        job = bench.settings.apps["web"].before_switch
        assert job
        assert jobs.program(job, image) == "/entry"
        assert jobs.program(job.model_copy(update={"entrypoint": ("sh", "-c")}), image) == "sh"


def test_files_that_nobody_runs_are_told_where_no_app_declares_any(bench: Bench) -> None:
    track(bench, "shop/migrations/0001_initial.py", "")
    (found,) = jobs.findings(bench, {})
    assert found == note(
        "migrations",
        "no app declares any, and shop/migrations/0001_initial.py is one of Django",
        found.remedy,
    )
    assert "before_switch" in found.remedy


@pytest.mark.parametrize(
    ("path", "tool"),
    [
        ("shop/migrations/0001_initial.py", "Django"),
        ("db/migrate/20260101120000_add_name.rb", "Rails"),
        ("backend/alembic.ini", "Alembic"),
        ("prisma/migrations/20260101120000_init/migration.sql", "Prisma"),
        ("src/main/resources/db/migration/V1__init.sql", None),
        ("migrations/README.md", None),
    ],
)
def test_tools_are_known_by_the_paths_that_they_make(path: str, tool: str | None) -> None:
    assert migrations.named(["README.md", path]) == ((tool, path) if tool else None)


def test_each_command_that_makes_a_release_can_leave_the_check_out() -> None:
    for command in ("deploy", "prepare", "up"):
        assert "--no-check" in CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).stdout
