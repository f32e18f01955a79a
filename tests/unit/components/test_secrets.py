"""Secrets in the program, on mocked resources: of every source, marked everywhere, known before anything is made."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from config import secret_files
from tandem.engines.mocks import google as google_made
from tests import engine, stacks
from tests.engine import SECRET_KEY, Program
from tests.unit.sources.fake_doppler import TOKEN, Answer, serving

CANARY = "hunter2-canary"
NAMES = ("DATABASE_URL", "API_TOKEN")


@dataclass
class Place:
    """A source that has values: what the stack file says of it, and what the run finds there."""

    section: Mapping[str, Any]
    run: Mapping[str, Any]


ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


def value(name: str) -> str:
    return f"{CANARY}-of-{name}"


def version(arguments: Mapping[str, Any]) -> Any:
    """Google's answer about one version of one secret; nobody may read any but 3 and 4 and latest."""
    place = f"projects/{arguments['project']}/secrets/{arguments['secret']}/versions/{arguments['version']}"
    if arguments["secret"] not in NAMES:
        return f"rpc error: googleapi: Error 404: Secret [{place}] not found or has no versions."
    if arguments["version"] not in ("3", "4", "latest"):
        return f"googleapi: Error 403: Permission 'secretmanager.versions.access' denied for {place}."
    return {"name": place, "version": arguments["version"], "secretData": value(arguments["secret"])}


GOOGLE = {
    google_made.SECRET_VERSION: version,
    google_made.SECRETS: {"secrets": [{"secretId": name} for name in NAMES]},
    google_made.GUEST_ATTRIBUTES: google_made.host_keys(stacks.HOST_KEY),
}


@contextmanager
def source(name: str, patch: pytest.MonkeyPatch, values: Callable[[str], str] = value) -> Iterator[Place]:
    """One source of each kind, with values for both names."""
    if name == "env":
        for secret in NAMES:
            patch.setenv(secret, values(secret))
        yield Place({"source": "env"}, {})
    elif name == "stack":
        yield Place({"source": "stack"}, {"kept": {secret: values(secret) for secret in NAMES}})
    elif name == "doppler":
        patch.setenv("DOPPLER_TOKEN", TOKEN)
        with serving(Answer({secret: values(secret) for secret in NAMES})) as fake:
            yield Place({"source": "doppler", "doppler": {"api": fake.api}}, {})
        assert len(fake.asked) == 1
    elif name == "gcp read":
        pins = {secret: {"version": 3} for secret in NAMES}
        yield Place({"source": "gcp", "gcp": {"project": "acme-dev"}, "names": pins}, {"answers": GOOGLE})
    else:
        kept = {secret: values(secret) for secret in NAMES}
        yield Place({"source": "gcp", "gcp": {"project": "acme-dev"}}, {"kept": kept, "answers": GOOGLE})


HOSTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "local": stacks.stable,
    "ssh": stacks.on_ssh,
    "gce": stacks.on_gce,
}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_FINGERPRINT_KEY", "key")


def naming(config: dict[str, Any], *secrets: str, **web: Any) -> dict[str, Any]:
    """The stack, with these secrets of its app `web`, and beside it `rest`, which has none."""
    rest = {**stacks.WEB, "domains": ["rest.localhost"]}
    apps = {"web": {**stacks.WEB, "secrets": list(secrets), **web}, "rest": rest}
    return {**config, "apps": apps, "rollouts": {**config["rollouts"], "rest": config["rollouts"]["web"]}}


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_files, "in_memory", lambda place: place == "/run")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", ["env", "stack", "doppler", "gcp read", "gcp made"])
def test_no_secret_of_any_source_is_unmarked_on_any_host_by_any_delivery(
    name: str, host: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    jobs = {
        "workers": {"mails": {"command": ["work"]}},
        "before_switch": {"command": ["migrate"]},
        "cron": {"night": {"command": ["tidy"], "schedule": "0 3 * * *"}},
    }
    with source(name, monkeypatch) as place:
        config = naming(HOSTS[host](), *NAMES, **jobs)
        as_files = {**config["apps"]["web"], "domains": ["safe.localhost"], "delivery": "files"}
        config["apps"]["safe"], config["rollouts"]["safe"] = as_files, config["rollouts"]["web"]
        registries = {
            "ghcr.io": {"user": "acme", "password": "API_TOKEN"},
            ECR: {"user": "AWS", "password_command": ["echo", value("A_TOKEN_OF_MINUTES")]},
        }
        program = engine.run({**config, "secrets": place.section, "registries": registries}, **run(place))

    used = [resource.name for resource in program.resources if shows(resource.inputs)]
    assert len(used) >= 6, "the app, its job, its worker, its cron job, the docker provider and the other app's files"
    assert [one for one in used if "safe" in one and not one.startswith("secrets-safe-blue-")] == []
    assert [path for one in program.resources for path in in_the_clear(one.inputs, one.name)] == []
    assert not shows(program.outputs)
    assert not shows("".join(capfd.readouterr()))
    assert TOKEN not in repr(program)
    # Another token in each run would be another provider in each run: only a machine to come gets one.
    (provider,) = program.of("pulumi:providers:docker")
    assert (ECR in repr(provider.inputs["registryAuth"])) == (host == "gce")


@pytest.mark.parametrize("name", ["env", "stack", "doppler", "gcp made"])
def test_a_rotated_value_gives_a_new_release_to_the_apps_that_name_it_only(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def live(values: Callable[[str], str]) -> Any:
        with source(name, monkeypatch, values) as place:
            return engine.run({**naming(stacks.stable(), "API_TOKEN"), "secrets": place.section}, **run(place)).outputs[
                "live"
            ]

    before, after = live(value), live(lambda secret: "new-" + value(secret))

    assert before["web"] != after["web"]
    assert before["rest"] == after["rest"]


def test_a_new_version_is_a_rotation_and_names_the_release_without_any_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def live(number: int, answer: Any = version) -> Any:
        section = {"source": "gcp", "gcp": {"project": "acme-dev"}, "names": {"API_TOKEN": {"version": number}}}
        answers = {google_made.SECRET_VERSION: answer}
        return engine.run({**naming(stacks.stable(), "API_TOKEN"), "secrets": section}, answers=answers).outputs["live"]

    before, after = live(3), live(4)
    assert before["web"] != after["web"]
    assert before["rest"] == after["rest"]
    monkeypatch.setenv("TANDEM_FINGERPRINT_KEY", "another deployer's")
    assert live(3, {"secretData": "whatever", "version": "3", "name": "x"}) == before


def test_one_secret_may_come_from_elsewhere_under_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY", value("SENTRY_DSN"))
    section = {"source": "stack", "names": {"SENTRY_DSN": {"source": "env", "from": "SENTRY"}}}
    config = {**naming(stacks.stable(), "DATABASE_URL", "SENTRY_DSN"), "secrets": section}

    program = engine.run(config, kept={"DATABASE_URL": value("DATABASE_URL")})

    (web,) = [one for one in program.of("docker:index/container:Container") if one.name.startswith("web-")]
    said = repr(web.inputs["envs"])
    assert f"SENTRY_DSN={value('SENTRY_DSN')}" in said
    assert f"DATABASE_URL={value('DATABASE_URL')}" in said


def test_an_optional_secret_is_left_out_until_it_has_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    config = {**naming(stacks.stable(), "API_TOKEN"), "secrets": {"names": {"API_TOKEN": {"optional": True}}}}
    monkeypatch.delenv("API_TOKEN", raising=False)
    without = engine.run(config)
    monkeypatch.setenv("API_TOKEN", CANARY)
    having = engine.run(config)

    assert "API_TOKEN" not in repr(without.resources)
    assert without.outputs["live"]["web"] != having.outputs["live"]["web"]


class TestNothingIsMadeWhere:
    """The SDK carries out what was declared before an error: so nothing may be."""

    def refused(self, config: dict[str, Any], **more: Any) -> str:
        program = Program()
        with pytest.raises(Exception, match=r"secret|source") as refusal:
            engine.run(config, into=program, **more)
        assert [one.name for one in program.resources] == []
        return str(refusal.value)

    def test_secrets_are_missing_and_every_one_is_named_with_its_source(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("API_TOKEN", raising=False)
        monkeypatch.setenv("API_TOKN", CANARY)
        section = {"source": "stack", "names": {"API_TOKEN": {"source": "env"}}}
        config = {**naming(stacks.stable(), *NAMES), "secrets": section}

        assert self.refused(config, kept={"DATABASE_URI": CANARY, "EMPTY": ""}).splitlines() == [
            "secret DATABASE_URL: not in the stack config (source `stack`); "
            "next: pulumi config set --secret secrets:DATABASE_URL; did you mean 'DATABASE_URI'?",
            "secret API_TOKEN: not in the environment (source `env`); "
            "export API_TOKEN=… where tandem runs and try again; did you mean 'API_TOKN'?",
        ]

    def test_google_refuses_or_knows_no_such_secret(self) -> None:
        names = {"DATABSE_URL": {"version": 3}, "API_TOKEN": {"version": 9}}
        section = {"source": "gcp", "gcp": {"project": "acme-dev"}, "names": names}
        config = {**naming(stacks.stable(), *names), "secrets": section}

        missing, denied = self.refused(config, answers=GOOGLE).splitlines()
        assert "projects/acme-dev/secrets/DATABSE_URL/versions/3 cannot be read (source `gcp`)" in missing
        assert missing.endswith("did you mean 'DATABASE_URL'?")
        assert "Permission 'secretmanager.versions.access' denied" in denied
        assert "next: gcloud secrets add-iam-policy-binding API_TOKEN --project=acme-dev" in denied

    @pytest.mark.parametrize(
        ("said", "then"),
        [
            (
                "googleapi: Error 403: Secret Manager API has not been used in project 1 before or it is disabled.",
                "next: gcloud services enable secretmanager.googleapis.com --project=acme-dev",
            ),
            (
                "googleapi: Error 401: Request had invalid authentication credentials.",
                "next: gcloud auth application-default login",
            ),
            (
                "googleapi: Error 400: Secret Version [x] is in DISABLED state., failedPrecondition",
                "next: gcloud secrets versions list API_TOKEN --project=acme-dev",
            ),
        ],
    )
    def test_google_s_api_is_off_or_the_login_is_over_or_the_version_is(self, said: str, then: str) -> None:
        section = {"source": "gcp", "gcp": {"project": "acme-dev"}, "names": {"API_TOKEN": {"version": 3}}}
        config = {**naming(stacks.stable(), "API_TOKEN"), "secrets": section}

        refusal = self.refused(config, answers={google_made.SECRET_VERSION: said})
        assert said.removesuffix(".") in refusal
        assert refusal.endswith(then)

    def test_google_has_an_empty_value(self) -> None:
        section = {"source": "gcp", "gcp": {"project": "acme-dev"}, "names": {"API_TOKEN": {"version": 3}}}
        config = {**naming(stacks.stable(), "API_TOKEN"), "secrets": section}
        answer = {google_made.SECRET_VERSION: {"secretData": ""}}

        assert "versions/3 is empty (source `gcp`)" in self.refused(config, answers=answer)

    def test_what_the_stack_shall_make_has_no_value(self) -> None:
        config = {**naming(stacks.stable(), "API_TOKEN"), "secrets": {"source": "gcp", "gcp": {"project": "acme-dev"}}}

        said = self.refused(config)
        assert "next: pulumi config set --secret secrets:API_TOKEN, so that the stack makes it" in said
        assert "secrets.names.API_TOKEN.version" in said

    def test_the_engine_offline_is_to_ask_google(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TANDEM_ENGINE", "offline")
        config = {**naming(stacks.stable(), "API_TOKEN"), "secrets": {"source": "gcp", "gcp": {"project": "acme-dev"}}}

        assert "only the engine pulumi reads Google's Secret Manager" in self.refused(config)

    def test_doppler_does_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOPPLER_TOKEN", TOKEN)
        with serving(Answer({}, 401)) as fake:
            section = {"source": "doppler", "doppler": {"api": fake.api}}
            said = self.refused({**naming(stacks.stable(), "API_TOKEN"), "secrets": section})

        assert "source `doppler`" in said
        assert "(401)" in said


class TestASecretThatTheStackMakesAtGoogle:
    def program(self, config: dict[str, Any], **section: Any) -> Program:
        secrets = {"source": "gcp", **section}
        kept = {"API_TOKEN": value("API_TOKEN")}
        return engine.run({**naming(config, "API_TOKEN"), "secrets": secrets}, kept=kept, answers=GOOGLE)

    def test_is_read_by_the_machine_only_and_its_versions_are_never_destroyed(self) -> None:
        program = self.program(stacks.on_gce())

        secret, version = program.one("secrets-API_TOKEN"), program.one("secrets-API_TOKEN-value")
        assert secret.inputs["secretId"] == "tandem-test-API_TOKEN"
        assert secret.inputs["project"] == "acme-dev"
        assert secret.inputs["replication"] == {"auto": {}}
        assert version.inputs["deletionPolicy"] == "DISABLE"
        assert version.inputs["secretData"] == {SECRET_KEY: SECRET_MARK, "value": value("API_TOKEN")}
        reader = program.one("secrets-API_TOKEN-reader").inputs
        assert reader["role"] == "roles/secretmanager.secretAccessor"
        assert re.fullmatch(r"serviceAccount:\S+@acme-dev\.iam\.gserviceaccount\.com", reader["member"])

    def test_is_nobodys_to_read_where_the_machine_is_not_googles(self) -> None:
        section = {"gcp": {"project": "acme-dev", "locations": ["europe-west3"]}}
        program = self.program(stacks.on_ssh(), **section, names={"API_TOKEN": {"from": "web-token"}})

        assert program.of("gcp:secretmanager/secretIamMember:SecretIamMember") == []
        secret = program.one("secrets-API_TOKEN").inputs
        assert secret["secretId"] == "web-token"
        assert secret["replication"] == {"userManaged": {"replicas": [{"location": "europe-west3"}]}}

    def test_is_protected_where_the_profile_protects(self) -> None:
        digest = {"live": "blue", "blue": {"image": stacks.IMAGE_1}}
        config = {**stacks.on_ssh(), "profile": "prod", "rollouts": {"web": digest}}
        secret = self.program(config, gcp={"project": "acme-prod"}).one("secrets-API_TOKEN")

        assert secret.protect
        assert secret.inputs["deletionProtection"] is True


SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"


def run(place: Place) -> dict[str, Any]:
    """What a run finds; a machine of Google Cloud looks its own things up."""
    return {"answers": GOOGLE, **place.run}


def in_the_clear(found: object, path: str) -> Sequence[str]:
    """Where the canary stands outside a secret envelope."""
    if isinstance(found, dict):
        if SECRET_KEY in found:
            return []
        return [one for name, item in found.items() for one in in_the_clear(item, f"{path}.{name}")]
    if isinstance(found, list):
        return [one for index, item in enumerate(found) for one in in_the_clear(item, f"{path}[{index}]")]
    return [path] if shows(found) else []


def shows(found: object) -> bool:
    """Whether the canary stands there, as it is or in base64, wherever in it that begins."""
    text = repr(found)
    return CANARY in text or any(shape in text for shape in SHAPES)


SHAPES = [base64.b64encode(b"\0" * before + CANARY.encode())[4:-4].decode() for before in range(3)]
