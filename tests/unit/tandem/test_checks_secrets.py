"""What `tandem check` says of secrets: whether they are there, how old they are, when they end. Never a value."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from config.secrets import Secret, Source, Wanted
from tandem.checks import before, google_secrets, secrets
from tandem.checks.finding import Finding
from tandem.checks.google_secrets import Version
from tandem.exits import ENVIRONMENT, USAGE, Stop
from tandem.stack.options import Options
from tests.unit.sources.fake_doppler import TOKEN, Answer, serving
from tests.unit.tandem.fakes import Bench, write_project

TODAY = date(2026, 11, 29)


def bench(folder: Path, section: str, names: str = "[API_TOKEN]", more: str = "") -> Bench:
    write_project(folder)
    file = folder / "Pulumi.local.yaml"
    text = file.read_text().replace("    web:\n", f"    web:\n      secrets: {names}\n", 1)
    file.write_text(f"{text}  tandem:secrets: {section}\n{more}")
    return Bench(Options(directory=folder))


def said(session: Bench, versions: Mapping[str, Version] | None = None) -> list[Finding]:
    return list(secrets.findings(session, TODAY, lambda _: versions or {}))


class TestWhatIsThere:
    def test_is_counted_by_source(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("API_TOKEN", "x")
        found = said(bench(tmp_path, "{source: env}"))

        assert [(one.level, one.found) for one in found] == [("good", "1 named, source env")]

    def test_in_the_stack_file_is_told_without_a_key(self, tmp_path: Path) -> None:
        kept = "  secrets:API_TOKEN: {secure: AAAB}\n"
        assert said(bench(tmp_path, "{source: stack}", more=kept))[0].level == "good"


class TestWhatIsMissing:
    def test_in_the_environment_stops_a_move_before_anything(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("API_TOKEN", raising=False)
        session = bench(tmp_path, "{source: env}")

        with pytest.raises(Stop, match="secret API_TOKEN: not in the environment") as stop:
            before.update(session)
        assert stop.value.code == ENVIRONMENT
        assert session.fake_engine.runs == []

    def test_in_the_stack_file_is_wrong_input_with_the_nearest_name(self, tmp_path: Path) -> None:
        kept = "  secrets:API_TOKN: {secure: AAAB}\n"
        (found,) = said(bench(tmp_path, "{source: stack}", more=kept))

        assert (found.level, found.code) == ("bad", USAGE)
        assert "next: pulumi config set --secret secrets:API_TOKEN; did you mean 'API_TOKN'?" in found.found

    def test_at_doppler_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOPPLER_TOKEN", TOKEN)
        with serving(Answer({"OTHER": "x"})) as fake:
            _, found = said(bench(tmp_path, f"{{source: doppler, doppler: {{api: '{fake.api}'}}}}"))
        assert "secret API_TOKEN: not at Doppler" in found.found

    def test_at_doppler_without_a_token_is_named_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DOPPLER_TOKEN", raising=False)
        _, found = said(bench(tmp_path, "{source: doppler}"))

        assert (found.level, "DOPPLER_TOKEN is not set" in found.found) == ("bad", True)

    def test_at_google_is_a_version_of_no_use(self, tmp_path: Path) -> None:
        section = "{source: gcp, gcp: {project: acme-dev}, names: {API_TOKEN: {version: 3}}}"
        _, found = said(bench(tmp_path, section), {"API_TOKEN": Version(trouble="versions/3 is disabled")})

        assert (found.level, found.found) == ("bad", "versions/3 is disabled")


@pytest.mark.parametrize(
    ("expires", "level", "words"),
    [
        (date(2026, 12, 30), None, ""),
        (date(2026, 12, 29), "note", "expires on 2026-12-29, in 30 days"),
        (date(2026, 11, 29), "note", "expires on 2026-11-29, in 0 days"),
        (date(2026, 11, 28), "bad", "expired on 2026-11-28"),
    ],
)
def test_the_end_of_a_secret_is_foretold(expires: date, level: str | None, words: str) -> None:
    found = list(secrets.ages(wanted("env", expires=expires), TODAY, None))

    assert [(one.level, one.found) for one in found] == ([(level, words)] if level else [])


@pytest.mark.parametrize(("since", "old"), [(date(2026, 9, 1), False), (date(2026, 8, 30), True), (None, False)])
def test_an_old_value_is_told(since: date | None, old: bool) -> None:
    found = list(secrets.ages(wanted("env", max_age_days=90, rotated=since), TODAY, since))

    assert [one.found for one in found] == (["is 91 days old, 90 are allowed (max_age_days)"] if old else [])


@pytest.mark.parametrize(
    ("source", "version", "remedy"),
    [
        ("env", None, "Give API_TOKEN a new value where it comes from, then expires in"),
        ("stack", None, "pulumi config set --secret secrets:API_TOKEN, then expires in"),
        ("gcp", None, "pulumi config set --secret secrets:API_TOKEN, then expires in"),
        ("gcp", 3, "gcloud secrets versions add API_TOKEN --data-file=-, then its number as"),
        ("doppler", None, "doppler secrets set API_TOKEN, then expires in"),
    ],
)
def test_every_source_has_its_own_way_to_a_new_value(source: Source, version: int | None, remedy: str) -> None:
    one = wanted(source, expires=date(2026, 1, 1), version=version)

    assert next(secrets.ages(one, TODAY, None)).remedy.startswith(remedy)


def test_the_age_is_googles_own_word_where_it_has_one(tmp_path: Path) -> None:
    section = "{source: gcp, gcp: {project: acme-dev}, names: {API_TOKEN: {version: 3, max_age_days: 90}}}"
    found = said(bench(tmp_path, section), {"API_TOKEN": Version(date(2026, 1, 1))})

    assert [one.found for one in found][1:] == ["is 332 days old, 90 are allowed (max_age_days)"]


PINNED = {"API_TOKEN": Wanted("API_TOKEN", "gcp", "web-token", Secret(version=3))}
MADE = {"API_TOKEN": Wanted("API_TOKEN", "gcp", "API_TOKEN", Secret())}


class TestGoogle:
    def ask(self, wanted: Mapping[str, Wanted], code: int, out: str = "", errors: str = "") -> Mapping[str, Version]:
        self.asked: list[Sequence[str]] = []

        def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
            self.asked.append(words)
            return subprocess.CompletedProcess(words, code, out, errors)

        return google_secrets.versions("acme-dev", ("shop", "dev"), wanted, run)

    def test_is_asked_for_the_pinned_version(self) -> None:
        told = json.dumps({"state": "ENABLED", "createTime": "2026-03-01T10:00:00.123456Z"})

        assert self.ask(PINNED, 0, told) == {"API_TOKEN": Version(date(2026, 3, 1))}
        assert " ".join(self.asked[0]).startswith("gcloud secrets versions describe 3 --secret=web-token")

    def test_is_asked_for_the_newest_of_one_that_the_stack_makes(self) -> None:
        assert self.ask(MADE, 1, errors="ERROR: NOT_FOUND: Secret not found") == {}
        assert "describe latest --secret=shop-dev-API_TOKEN" in " ".join(self.asked[0])

    def test_says_that_a_version_is_disabled_or_may_not_be_seen(self) -> None:
        disabled = self.ask(PINNED, 0, '{"state": "DISABLED"}')["API_TOKEN"].trouble
        denied = self.ask(PINNED, 1, errors="\nERROR: PERMISSION_DENIED\nmore")["API_TOKEN"].trouble

        assert disabled.endswith("web-token/versions/3 is disabled: an update could not read it")
        assert denied.endswith("cannot be looked at: ERROR: PERMISSION_DENIED")

    def test_cannot_be_asked_without_its_command(self) -> None:
        def missing(_: Sequence[str]) -> subprocess.CompletedProcess[str]:
            raise FileNotFoundError

        found = google_secrets.versions("acme-dev", ("shop", "dev"), PINNED, missing)
        assert found["API_TOKEN"].trouble.endswith("no `gcloud` on PATH")


def wanted(source: Source, **more: object) -> Wanted:
    return Wanted("API_TOKEN", source, "API_TOKEN", Secret.model_validate(more))
