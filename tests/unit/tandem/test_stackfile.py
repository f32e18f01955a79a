from __future__ import annotations

import random
import stat
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tandem.exits import USAGE, Stop
from tandem.stack.splice import SpliceError
from tandem.stack.stackfile import StackFile, with_rollouts

GREEN = {"live": "green", "green": {"image": "sha256:" + "a" * 64}}
SWITCHED = {
    "live": "blue",
    "blue": {"image": "ghcr.io/acme/web@sha256:" + "b" * 64},
    "green": {"image": "demo:1", "frozen": "12345678"},
    "standby": "previous",
}

BLOCK = """\
# the head
config:
  tandem:profile: local   # how strict
  tandem:rollouts:
    # the shop
    web:
      live: green     # what serves
      # the release of today
      green: {image: "demo:1"}
    admin: {live: blue, blue: {image: "demo:2"}}   # one line

  tandem:apps: {web: {port: 80}}
encryptionsalt: v1:abc   # pulumi's own
"""

HEAD = "config:\n  tandem:rollouts:\n"


def rollouts(text: str) -> dict[str, Any]:
    loaded = YAML(typ="safe", pure=True).load(text)["config"]["tandem:rollouts"]
    assert isinstance(loaded, dict)
    return loaded


def test_a_field_of_a_block_entry_changes_and_its_comments_stay() -> None:
    edited = with_rollouts(BLOCK, {"web": {**GREEN, "green": {"image": "demo:3"}}})
    assert edited == BLOCK.replace('green: {image: "demo:1"}', 'green: {image: "demo:3"}')


def test_new_fields_follow_the_one_before_them_and_removed_fields_go_with_their_lines() -> None:
    edited = with_rollouts(BLOCK, {"web": SWITCHED})
    assert edited == BLOCK.replace(
        '      live: green     # what serves\n      # the release of today\n      green: {image: "demo:1"}\n',
        "      live: blue     # what serves\n"
        f'      blue: {{image: "ghcr.io/acme/web@sha256:{"b" * 64}"}}\n'
        "      # the release of today\n"
        '      green: {image: "demo:1", frozen: "12345678"}\n'
        "      standby: previous\n",
    )
    assert with_rollouts(edited, {"web": {"live": "green", "green": {"image": "demo:1"}}}) == BLOCK


def test_a_flow_entry_stays_flow_and_its_comment_stays() -> None:
    edited = with_rollouts(BLOCK, {"admin": {"live": "green", "green": {"image": "demo:9"}}})
    assert '    admin: {live: green, green: {image: "demo:9"}}   # one line\n' in edited
    assert len(edited.splitlines()) == len(BLOCK.splitlines())


def test_a_new_app_is_added_below_the_last_one() -> None:
    edited = with_rollouts(BLOCK, {"api": GREEN})
    added = f'    api:\n      live: green\n      green: {{image: "sha256:{"a" * 64}"}}\n'
    assert edited == BLOCK.replace("# one line\n", "# one line\n" + added)


def test_the_same_value_changes_no_byte() -> None:
    assert with_rollouts(BLOCK, rollouts(BLOCK)) == BLOCK


def test_two_apps_change_in_one_edit() -> None:
    edited = with_rollouts(BLOCK, {"web": SWITCHED, "admin": GREEN})
    assert rollouts(edited) == {"web": SWITCHED, "admin": GREEN}


@pytest.mark.parametrize(
    "text",
    [
        "config:\n  tandem:profile: local\n",
        "config:\n  tandem:profile: local",
        "config:\n  tandem:profile: local # end",
        "config:\n    tandem:profile: local\n    tandem:rollouts:\n",
        "config:\n    tandem:profile: local\n    tandem:rollouts: # nothing yet\n    tandem:host: x\n",
        "config:\n  tandem:rollouts: {}\n",
        "config:\n  tandem:rollouts: {} # none\n  b: 1\n",
        "config:\n  tandem:rollouts: null\n",
        "config:\n  tandem:rollouts: ~\n",
        'config:\n  "tandem:rollouts":\n    other: {live: blue, blue: {image: "x:1"}}\n',
        "config:\n  tandem:rollouts: {other: {live: blue}}\n",
        "config:\n  tandem:rollouts:\n    web:\n  tandem:host: x\n",
        "config:\n  tandem:rollouts:\n    web: {}\n",
        "config:\n  tandem:rollouts: {web: {}, b: {}}",
        "config:\n",
        "config:",
        "",
        "# only a comment\n",
        "other: 1\n",
        "other: |\n  text\n  more\n\n\n# tail\n",
        "config:\n  a: |\n    text\n\n  b: >-\n    folded\n    text\n",
        "config:\n  a:\n  - 1\n  - 2\n",
        "config:\n  a: &x {b: 1}\n  c: *x\n",
        "---\nconfig:\n  a: 1\n",
        "\ufeffconfig:\n  a: 1\n",
        "config:\n  a: 'it''s: # no comment'\n  b: \"ü 😀\"\n",
        HEAD
        + "    web:\n      live: blue\n      blue:\n        image: demo:1\n        frozen: 1234abcd\n"
        + "      standby: next\n",
        HEAD + "    web:\n      live: blue\n      draining:\n      - {colour: blue, image: demo:1}\n      canary: 10\n",
        HEAD + "    web: {\n      live: blue, # why\n      blue: {image: demo:1}\n    }\n  z: 1\n",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_entry_is_created_wherever_the_file_has_room(text: str, newline: str) -> None:
    before = text.replace("\n", newline)
    edited = with_rollouts(before, {"web": SWITCHED})
    assert rollouts(edited.removeprefix("\ufeff"))["web"] == SWITCHED
    assert edited.startswith("\ufeff") == before.startswith("\ufeff")
    assert ("\r\n" in edited) == ("\r\n" in before) or "\n" not in before
    if newline == "\r\n" and "\n" in before:
        assert edited.count("\n") == edited.count("\r\n")
    assert with_rollouts(edited, {"web": SWITCHED}) == edited


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config:\n  tandem:rollouts:\n    web: &a {live: blue}\n", "anchors"),
        ("config:\n  x: &a {live: blue}\n  tandem:rollouts:\n    web: *a\n", "anchors"),
        ("config:\n  x: &a {live: blue}\n  tandem:rollouts:\n    web:\n      <<: *a\n", "anchors"),
        ("config: {a: 1}\n", "block style"),
        ("{config: {a: 1}}\n", "block style"),
        ("config:\n  tandem:rollouts: [1]\n", "apps by name"),
        ("config:\n  tandem:rollouts: text\n", "apps by name"),
        ("config:\n  tandem:rollouts:\n    web: text\n", "under each app"),
        ("- a\n- b\n", "block style"),
    ],
)
def test_what_cannot_be_edited_safely_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(SpliceError, match=said):
        with_rollouts(text, {"web": GREEN})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config:\n\ttandem:profile: local\n", "Pulumi.local.yaml:2: a tab"),
        ("config:\n  a: [1\n", "Pulumi.local.yaml:"),
        ("config:\n  a: 1\n  a: 2\n", "duplicate"),
        ("config: 1\n---\nconfig: 2\n", "Pulumi.local.yaml:"),
    ],
)
def test_broken_yaml_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = StackFile(tmp_path / "Pulumi.local.yaml", text)
    with pytest.raises(Stop, match=said) as stopped:
        file.with_rollouts({"web": GREEN})
    assert stopped.value.code == USAGE


def test_every_byte_outside_the_entries_is_the_same_in_random_files() -> None:
    chance = random.Random(20261124)
    for _ in range(60):
        head, entries, tail, newline = random_file(chance)
        text = (head + "".join(entry for _, entry in entries) + tail).replace("\n", newline)
        chosen = [app for app, _ in entries if chance.random() < 0.5] or [entries[0][0]]
        edited = with_rollouts(text, {app: chance.choice([GREEN, SWITCHED]) for app in chosen})
        assert edited.startswith(head.replace("\n", newline))
        assert edited.endswith(tail.replace("\n", newline))
        rest = edited[len(head.replace("\n", newline)) : len(edited) - len(tail.replace("\n", newline))]
        for app, entry in entries:
            if app not in chosen:
                assert entry.replace("\n", newline) in rest


def random_file(chance: random.Random) -> tuple[str, list[tuple[str, str]], str, str]:
    indent = " " * chance.choice([1, 2, 4])
    noise = [
        "",
        "\n",
        f"{indent}# a note: {{x}}\n",
        f"{indent}a{chance.randrange(99)}: |\n{indent}  text: 1\n{indent}  # no comment\n\n",
    ]
    comment = chance.choice(["", "   # apps"])
    head = f"# é {chance.random()}\nconfig:\n{chance.choice(noise)}{indent}tandem:rollouts:{comment}\n"
    entries = [(app, random_entry(chance, app, indent * 2)) for app in ("web", "admin", "api")]
    tail = chance.choice(["", f"{indent}tandem:apps:   {{web:   {{}}}} # odd\n", "\n\n# end\n", "salt:  v1:x\n"])
    return head, entries, tail, chance.choice(["\n", "\r\n"])


def random_entry(chance: random.Random, app: str, indent: str) -> str:
    fields: dict[str, Any] = chance.choice(
        [GREEN, SWITCHED, {"live": "blue", "blue": {"image": "demo:7"}, "standby": "next", "canary": 5}]
    )
    if chance.random() < 0.4:
        spaced = ",  ".join(f"{key}:   {YAML_FLOW(value)}" for key, value in fields.items())
        return f"{indent}{app}:  {{{spaced}}}   # {app}\n"
    lines = [f"{indent}{app}:{chance.choice(['', ' # why'])}\n"]
    for key, value in fields.items():
        if isinstance(value, dict) and chance.random() < 0.5:
            lines.append(f"{indent}  {key}:\n")
            lines += [f"{indent}    {name}:  {YAML_FLOW(item)}  # {name}\n" for name, item in value.items()]
        else:
            lines.append(f"{indent}  {key}:  {YAML_FLOW(value)}{chance.choice(['', '  # note'])}\n")
    return "".join(lines)


def YAML_FLOW(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {YAML_FLOW(item)}" for key, item in value.items()) + "}"
    return f"'{value}'" if isinstance(value, str) else str(value)


def test_writing_keeps_the_mode_and_follows_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text(BLOCK, encoding="utf-8")
    real.chmod(0o640)
    link = tmp_path / "Pulumi.local.yaml"
    link.symlink_to(real)
    written = StackFile.read(link).write("config: {}\n")
    assert real.read_text(encoding="utf-8") == written.text == "config: {}\n"
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(tmp_path.iterdir()) == [link, real]


def test_writing_what_is_there_already_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.local.yaml"
    path.write_text(BLOCK, encoding="utf-8")
    inode = path.stat().st_ino
    StackFile.read(path).write(BLOCK)
    assert path.stat().st_ino == inode


def test_a_file_that_is_absent_or_not_utf8_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="does not exist"):
        StackFile.read(tmp_path / "Pulumi.local.yaml")
    (tmp_path / "Pulumi.local.yaml").write_bytes(b"config: \xff\n")
    with pytest.raises(Stop, match="UTF-8"):
        StackFile.read(tmp_path / "Pulumi.local.yaml")


def test_an_edit_made_meanwhile_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.local.yaml"
    path.write_text(BLOCK, encoding="utf-8")
    file = StackFile.read(path)
    assert file.unchanged()
    path.write_text(BLOCK + "# mine\n", encoding="utf-8")
    assert not file.unchanged()
    assert file.now().text.endswith("# mine\n")


@pytest.mark.parametrize(
    "text", ["1e234567", "12345678", "0x1f", "yes", "no", "null", "~", "", "a: b", "#x", "é", "-", "5fe29bd5", "demo"]
)
def test_scalars_read_back_as_the_same_text(text: str) -> None:
    from tandem.stack.splice import flow

    assert YAML(typ="safe", pure=True).load(flow({"k": text})) == {"k": text}
