"""What a contract adds to an app's environment, and which stack files it accepts."""

from __future__ import annotations

from typing import Any

import pytest

from config.expects import Expects
from config.load import parse


def expects(**variables: Any) -> Expects:
    return Expects.model_validate({"variables": variables})


LEVEL = {"LOG_LEVEL": {"default": "info"}}
URL = {"SPRING_DATASOURCE_URL": {"aliases": ["DB_URL", "JDBC_URL"], "alias": "inject"}}


def test_a_default_is_told_where_nothing_else_gives_the_variable() -> None:
    assert expects(**LEVEL).environment({}, others=()) == {"LOG_LEVEL": "info"}


@pytest.mark.parametrize("level", ["debug", ""])
def test_the_environment_wins_over_the_default(level: str) -> None:
    assert expects(**LEVEL).environment({"LOG_LEVEL": level}, others=()) == {"LOG_LEVEL": level}


def test_a_secret_or_a_storage_wins_over_the_default() -> None:
    assert expects(**LEVEL).environment({}, others={"LOG_LEVEL"}) == {}


def test_an_injected_alias_has_the_value_of_the_right_name_wherever_that_comes_from() -> None:
    contract = expects(**URL)
    with_default = expects(SPRING_DATASOURCE_URL={**URL["SPRING_DATASOURCE_URL"], "default": "jdbc:here"})
    told = {"SPRING_DATASOURCE_URL": "jdbc:x", "DB_URL": "jdbc:x", "JDBC_URL": "jdbc:x"}

    assert contract.environment({"SPRING_DATASOURCE_URL": "jdbc:x"}, others=()) == told
    assert contract.with_aliases({"SPRING_DATASOURCE_URL": "jdbc:x"}) == told
    assert with_default.environment({}, others=()) == dict.fromkeys(told, "jdbc:here")
    assert contract.with_aliases({"OTHER": 1}) == {"OTHER": 1}


def test_a_refused_alias_is_never_told() -> None:
    contract = expects(QTS_OBSERVER_STANDALONE={"aliases": ["OBSERVER_STANDALONE"]})

    assert contract.environment({"QTS_OBSERVER_STANDALONE": "1"}, others=()) == {"QTS_OBSERVER_STANDALONE": "1"}


def test_what_env_secrets_and_storage_give_is_not_missing_and_defaults_and_images_are_not_asked() -> None:
    app = {
        "port": 8000,
        "health": {"kind": "http", "path": "/healthz"},
        "user": "65534:65534",
        "env": {"MODE": "prod"},
        "secrets": ["DATABASE_URL"],
        "storage": ["media"],
        "volumes": {"data": {"path": "/app/data", "purpose": "archives"}},
        "expects": {
            "variables": {
                "MODE": {},
                "DATABASE_URL": {"aliases": ["DB_URL"]},
                "STORAGE_MEDIA_DIRECTORY": {"aliases": ["MEDIA_ROOT"], "alias": "inject"},
                "LOG_LEVEL": {"default": "info"},
                "PYTHONPATH": {"image": True},
                "SENTRY_DSN": {"optional": True},
            },
            "paths": {
                "/app/data/observer": {"mounted": True, "writable": True, "owner": "65534:65534"},
                "/storage/media": {"mounted": True, "writable": True},
                "/app/config": {"mounted": False, "writable": False},
                "/app/data/*/observer.jsonl": {"exists": False},
            },
        },
    }
    stack = {
        "profile": "local",
        "host": {"kind": "local"},
        "storage": {"media": {"kind": "directory", "path": "/srv/media"}},
        "apps": {"web": app},
    }

    assert parse(stack, "Pulumi.local.yaml").apps["web"].expects.right_names == {
        "DB_URL": "DATABASE_URL",
        "MEDIA_ROOT": "STORAGE_MEDIA_DIRECTORY",
    }
