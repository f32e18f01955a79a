"""From a file, or from the engine's config, to settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import config as engine

from config.load import StackFileError, load, parse, read_file
from config.rollout import Rollout

STACK: dict[str, Any] = {
    "profile": "local",
    "host": {"kind": "local"},
    "apps": {"web": {"port": 8000, "health": {"kind": "http", "path": "/healthz"}}},
}


@pytest.fixture
def engine_config() -> Iterator[None]:
    before, secret = engine.CONFIG.get(), engine._SECRET_KEYS.get()
    yield
    engine.set_all_config(before, list(secret))


def handed_over(raw: dict[str, Any]) -> dict[str, str]:
    """As the engine does it: text as itself, everything else as JSON."""
    return {f"tandem:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in raw.items()}


@pytest.mark.usefixtures("engine_config")
class TestTheProgramsConfig:
    def test_is_read_from_the_engine(self) -> None:
        engine.set_all_config({**handed_over(STACK), "aws:region": "eu-west-1"}, [])

        assert load() == parse(STACK, "any")

    def test_may_come_by_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        engine.set_all_config({}, [])
        monkeypatch.setenv("PULUMI_CONFIG", json.dumps(handed_over({**STACK, "gatway": {}})))

        with pytest.raises(pulumi.RunError, match="gatway: is not a known key here, did you mean 'gateway'"):
            load()

    def test_tells_every_mistake_and_the_stacks_file(self) -> None:
        engine.set_all_config(handed_over({**STACK, "apps": "none", "profile": "prd"}), [])

        with pytest.raises(pulumi.RunError) as error:
            load()
        profile, apps = str(error.value).splitlines()
        assert profile.startswith(
            f"Pulumi.{pulumi.get_stack()}.yaml: profile: must be one of local, dev, staging, prod"
        )
        assert apps.startswith(f"Pulumi.{pulumi.get_stack()}.yaml: apps: must be keys with values, for example {{web: ")

    def test_with_an_encrypted_value_inside_a_section_is_refused_without_telling_it(self) -> None:
        apps = {"web": {**STACK["apps"]["web"], "env": {"PASSWORD": "hunter2"}}}
        engine.set_all_config(handed_over({**STACK, "apps": apps}), ["tandem:apps"])

        with pytest.raises(pulumi.RunError, match="apps: holds an encrypted value: name it under") as error:
            load()
        assert "hunter2" not in str(error.value)


class TestAStackFile:
    def test_gives_our_keys_without_their_namespace(self, tmp_path: Path) -> None:
        path = tmp_path / "Pulumi.x.yaml"
        path.write_text("encryptionsalt: v1\nconfig:\n  tandem:profile: local\n  secrets:A: {secure: x}\n")

        assert read_file(path) == {"profile": "local"}

    def test_that_does_not_exist_says_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(
            StackFileError, match=r"^Pulumi\.x\.yaml: does not exist in .*; next: write it, for example"
        ):
            read_file(tmp_path / "Pulumi.x.yaml")

    def test_that_is_no_text_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "Pulumi.x.yaml"
        path.write_bytes(b"config: \xff\xfe")

        with pytest.raises(StackFileError, match="is not UTF-8 text"):
            read_file(path)

    @pytest.mark.parametrize(
        "text", ["config: !!python/object:os.system {}", "a: *b", "config: {}\n---\n{}", "a: \x01"]
    )
    def test_of_odd_yaml_is_one_clear_line(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "Pulumi.x.yaml"
        path.write_text(text)

        with pytest.raises(StackFileError, match=r"^Pulumi\.x\.yaml: .*is not YAML: .*$"):
            read_file(path)

    def test_never_shows_a_value_next_to_a_mistake(self, tmp_path: Path) -> None:
        path = tmp_path / "Pulumi.x.yaml"
        path.write_text("config:\n  secrets:A: hunter2\n  secrets:A: hunter2\n")

        with pytest.raises(StackFileError) as error:
            read_file(path)
        assert str(error.value) == "Pulumi.x.yaml: line 3: the key 'secrets:A' appears twice: keep one"


def test_an_app_without_rollout_has_an_empty_one() -> None:
    assert parse(STACK, "any").rollout("web") == Rollout()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse(STACK, "any").profile = "prod"


@pytest.mark.parametrize("profile", ["local", "dev"])
def test_a_tag_will_do_where_one_tries_things_out(profile: str) -> None:
    rollouts = {"web": {"live": "blue", "blue": {"image": "demo:1"}}}

    assert parse({**STACK, "profile": profile, "rollouts": rollouts}, "any").rollout("web").phase == "stable"


def test_numbers_as_keys_are_mistakes_and_not_crashes() -> None:
    with pytest.raises(StackFileError, match=r"apps\.1: must be lower-case letters"):
        parse({**STACK, "apps": {1: STACK["apps"]["web"]}, "rollouts": {"web": {}}}, "any")
    with pytest.raises(StackFileError, match=r"apps\.web\.8000: is not a known key here"):
        parse({**STACK, "apps": {"web": {**STACK["apps"]["web"], 8000: "x"}}}, "any")
