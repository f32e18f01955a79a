"""An app's contract: told to its containers, looked at before a release gets traffic, and when somebody asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import secret_files
from tests.e2e.project import APP, STACK, Project, docker, project

CONTRACT: dict[str, Any] = {
    "variables": {
        "DATABASE_URL": {"aliases": ["DB_URL"], "alias": "inject"},
        "SHOP_MODE": {"aliases": ["MODE_OF_SHOP"]},
        "LOG_LEVEL": {"default": "info"},
        "SENTRY_DSN": {"optional": True},
        "VERSION": {"image": True},
    },
    "paths": {
        "/tmp": {"mounted": True, "writable": True, "owner": "65534:65534"},
        "/srv/demo": {"mounted": False, "writable": False, "owner": "root"},
        "/srv/demo/*.env": {"exists": False},
    },
}
VALUE = "postgres://canary-of-the-contract"


def app(**more: Any) -> dict[str, Any]:
    section = {
        **APP,
        "domains": ["web.localhost"],
        "env": {"SHOP_MODE": "prod"},
        "secrets": ["DATABASE_URL"],
        "tmpfs": {"/tmp": "16m"},
        "expects": CONTRACT,
    }
    return {"web": section | more}


@pytest.fixture
def web(tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project whose app has a contract."""
    monkeypatch.setenv("DATABASE_URL", VALUE)
    with project(tmp_path, engine=engine, apps=app(expects={**CONTRACT, "paths": {}})) as made:
        yield made


def rewrite(made: Project, old: Any, new: Any) -> None:
    text = made.file.read_text()
    assert json.dumps(old) in text
    made.file.write_text(text.replace(json.dumps(old), json.dumps(new)))


def test_the_container_is_told_what_the_contract_adds_and_check_env_sees_it(web: Project) -> None:
    before = web.ok("check", "env")
    web.ok("deploy", "web", "demo:1")
    (box,) = web.containers().values()
    told = docker("exec", box, "env").splitlines()
    after = web.run("check", "env", "web", "--json")

    assert "secret (env)" in before.text
    assert {f"DATABASE_URL={VALUE}", f"DB_URL={VALUE}", "LOG_LEVEL=info", "SHOP_MODE=prod", "VERSION=1"} <= {*told}
    rows = [json.loads(line) for line in after.out.splitlines()]
    assert {row["variable"]: (row["from"], row["in_container"]) for row in rows} == {
        "DATABASE_URL": ("secret", True),
        "SHOP_MODE": ("env", True),
        "LOG_LEVEL": ("default", True),
        "SENTRY_DSN": ("missing", False),
        "VERSION": ("image", True),
    }
    assert after.code == 0, after.text
    assert VALUE not in before.text + after.text + web.ok("check").text


def test_a_release_whose_paths_are_not_as_expected_gets_no_traffic(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    served = web.served_by()
    rewrite(web, {}, CONTRACT["paths"])

    # A tmpfs is root's, and the app's user may write to it all the same.
    refused = web.run("deploy", "web", "demo:2")

    assert refused.code == 1, refused.text
    assert "it is not as the app expects: /tmp belongs to 0:0 (root:root) instead of 65534:65534" in refused.text
    assert web.served_by() == served
    rewrite(web, CONTRACT["paths"], {**CONTRACT["paths"], "/tmp": {"mounted": True, "writable": True}})
    web.ok("deploy", "web", "demo:2")
    assert web.served_by() != served
    assert "/srv/demo" in web.ok("check", "env").text


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"SHOP_MODE": "prod"}, {"SHOP_MODEL": "prod"}, "env has SHOP_MODEL, did you mean 'SHOP_MODE'?"),
        ({"SHOP_MODE": "prod"}, {"MODE_OF_SHOP": "prod"}, "MODE_OF_SHOP: is called SHOP_MODE in this app"),
    ],
    ids=["a wrong name", "a refused alias"],
)
def test_a_wrong_name_is_refused_with_the_right_one_and_changes_nothing(
    web: Project, old: dict[str, Any], new: dict[str, Any], words: str
) -> None:
    web.ok("deploy", "web", "demo:1")
    served = web.served_by()
    rewrite(web, old, new)
    before = web.file.read_bytes()

    refused = web.run("deploy", "web", "demo:2")

    assert (refused.code, words in refused.text) == (2, True), refused.text
    assert (web.served_by(), web.file.read_bytes()) == (served, before)


def test_an_image_that_lacks_what_it_is_to_give_is_refused_before_anything_is_made(web: Project) -> None:
    rewrite(web, CONTRACT["variables"], {"NOWHERE": {"image": True}})
    before = web.file.read_bytes()

    refused = web.run("deploy", "web", "demo:1")

    assert refused.code == 2, refused.text
    assert "env web: NOWHERE: the image's own ENV does not give it" in refused.text
    assert (web.containers(), web.file.read_bytes()) == ({}, before)


def test_an_alias_is_a_file_too_and_an_image_that_would_hide_a_file_is_refused(web: Project) -> None:
    if secret_files.here("p", STACK, "") is None:
        pytest.skip("this machine has no tmpfs at /run or /dev/shm, which delivery: files needs")
    web.file.write_text(web.file.read_text().replace('"secrets":', '"delivery": "files", "secrets":'))
    web.ok("deploy", "web", "demo:1")
    (box,) = web.containers().values()
    served = web.served_by()

    assert docker("exec", box, "sh", "-c", 'cat "$DB_URL_FILE" /run/secrets/DATABASE_URL').split(VALUE) == ["", "", ""]
    assert "secret file (env)" in web.ok("check", "env").text

    rewrite(web, ["DATABASE_URL"], ["DATABASE_URL", "VERSION"])
    rewrite(web, {"image": True}, {})
    hidden = web.run("deploy", "web", "demo:2", env={"VERSION": "secret"})
    assert (hidden.code, web.served_by()) == (2, served), hidden.text
    assert "env web: VERSION: the image's own ENV gives VERSION, which hides the file" in hidden.text
