from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from config import schema
from tandem.cli.root import app as command_line
from tandem.exits import Stop, environment
from tandem.hosts.routing import Canary
from tandem.looks import contract, outputs
from tests.unit.tandem.fakes import Bench, image_id
from tests.unit.tandem.moving import blue, deploy, green

SCRAPED = "      metrics: {allow: [192.0.2.0/24]}\n"


@pytest.fixture
def scraped(bench: Bench) -> Bench:
    """A stack whose app `web` can be scraped; its second release serves, the first stands by."""
    lines = bench.stack.file.read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if "web.localhost" in line)
    bench.stack.file.write_text("".join([*lines[: at + 1], SCRAPED, *lines[at + 1 :]]))
    bench.reread()
    deploy(bench, web="demo:1", admin="demo:1")
    deploy(bench, web="demo:2")
    return bench.again()


def told(bench: Bench, style: outputs.Style = "json") -> Any:
    text = outputs.truthful(bench, style, bench.truth())
    return json.loads(text) if style in ("json", "file_sd") else text


def roles(bench: Bench) -> dict[str, str]:
    return {group["labels"]["release"]: group["labels"]["role"] for group in told(bench, "file_sd")}


def test_the_contract_is_valid_and_says_the_hosts_truth(scraped: Bench) -> None:
    scraped.fake_host.past = [
        "receipt "
        + json.dumps({"app": "web", "id": "7", "release": green(2), "at": "2026-10-01", "noted": {"by": "Ann"}})
    ]
    scraped.fake_engine.last = {**scraped.fake_engine.last, "live": {"web": "what was meant"}, "extra": 1}
    said = told(scraped)

    assert [error.message for error in Draft202012Validator(schema.outputs()).iter_errors(said)] == []
    assert (said["truth"], said["live"]["web"], said["extra"]) == ("host", green(2), 1)
    web = said["apps"]["web"]
    assert [(one["release"], one["role"], one["percent"]) for one in web["releases"]] == [
        (green(2), "live", 100),
        (blue(1), "standby", 0),
    ]
    assert web["releases"][0]["image"] == image_id(2)
    assert (web["agrees"], web["url"]) == (True, "http://web.localhost:18473")
    assert (web["deployed"]["by"], web["deployed"]["receipt"]) == ("Ann", "7")
    assert said["apps"]["worker"]["url"] is None


def test_what_was_meant_is_told_without_the_host(scraped: Bench) -> None:
    scraped.fake_host.silent = True
    scraped.fake_engine.last = {**scraped.fake_engine.last, "live": {"web": "what was meant"}}
    said = json.loads(outputs.intent(scraped, "json"))

    assert [error.message for error in Draft202012Validator(schema.outputs()).iter_errors(said)] == []
    assert (said["truth"], said["live"], said["apps"]) == ("intent", {"web": "what was meant"}, {})


def test_a_stack_that_was_never_updated_has_a_valid_contract_too(bench: Bench) -> None:
    said = told(bench)

    assert [error.message for error in Draft202012Validator(schema.outputs()).iter_errors(said)] == []
    assert said["apps"]["web"]["releases"] == []


def test_targets_are_the_releases_that_the_gateway_knows_of_apps_with_metrics(scraped: Bench) -> None:
    (live, standby) = told(scraped, "file_sd")

    assert live["targets"] == ["web.localhost:18473"]
    assert live["labels"] == {
        "__scheme__": "http",
        "__metrics_path__": f"/.tandem/metrics/{green(2)}",
        "app": "web",
        "colour": "green",
        "release": green(2),
        "role": "live",
        "stack": "local",
        "project": "shop",
    }
    assert (standby["labels"]["release"], standby["labels"]["role"]) == (blue(1), "standby")


def test_a_pointer_flip_changes_the_roles_although_nobody_updated(scraped: Bench) -> None:
    scraped.fake_host.flip_back("web")

    assert roles(scraped) == {blue(1): "live", green(2): "standby"}
    assert told(scraped)["apps"]["web"]["agrees"] is False


def test_a_canary_stands_by_with_its_part_of_the_traffic(scraped: Bench) -> None:
    scraped.fake_host.canary["web"] = Canary(blue(1), 10)
    web = told(scraped)["apps"]["web"]

    assert [(one["role"], one["percent"]) for one in web["releases"]] == [("live", 90), ("standby", 10)]
    assert roles(scraped) == {green(2): "live", blue(1): "standby"}


def test_variables_are_assignments_for_any_shell_and_no_settings_of_ours(scraped: Bench) -> None:
    text = told(scraped, "env")
    shown = subprocess.run(
        [
            "sh",
            "-euc",
            f'{text}\nprintf "%s|%s|%s" "$TANDEM_OUT_WEB_LIVE" "$TANDEM_OUT_WEB_URL" "$TANDEM_OUT_WORKER_LIVE"',
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert shown == f"{green(2)}|http://web.localhost:18473|"
    assert all(line.startswith("TANDEM_OUT_") for line in text.splitlines())


def test_a_value_is_never_more_than_a_value() -> None:
    text = contract.shell({"X": "a'b; $(touch /tmp/x) `id`\n\"", "Y": ""})
    shown = subprocess.run(["sh", "-euc", f'{text}printf %s "$X"'], capture_output=True, text=True, check=True).stdout

    assert shown == "a'b; $(touch /tmp/x) `id`\n\""


def test_a_watch_writes_when_something_has_changed_and_only_then(scraped: Bench, tmp_path: Path) -> None:
    written: list[str] = []
    watch = outputs.Watch(scraped, "file_sd", written.append, 0.1)
    watch.look()
    watch.look_again()
    assert len(written) == 1

    scraped.fake_host.flip_back("web")
    watch.look_again()
    watch.look_again()
    assert [json.loads(text)[0]["labels"]["release"] for text in written] == [green(2), blue(1)]


def test_a_host_that_is_away_leaves_what_was_written_and_is_said_once(scraped: Bench) -> None:
    written: list[str] = []
    watch = outputs.Watch(scraped, "file_sd", written.append, 0.1)
    watch.look()
    scraped.fake_host.silent = True
    watch.look_again()
    watch.look_again()

    assert len(written) == 1
    assert scraped.errors.getvalue().count("no daemon answers") == 1
    scraped.fake_host.silent = False
    scraped.fake_host.flip_back("web")
    watch.look_again()
    assert len(written) == 2


def test_a_watch_whose_first_look_fails_is_an_error(scraped: Bench) -> None:
    def away() -> object:
        raise environment("away")

    scraped.fake_host.looked = away
    with pytest.raises(Stop, match="away"):
        outputs.Watch(scraped, "file_sd", print, 0.1, 0.0).run()


def test_a_watch_ends_when_its_time_is_over(scraped: Bench) -> None:
    written: list[str] = []
    outputs.Watch(scraped, "file_sd", written.append, 0.1, 0.0).run()

    assert len(written) == 1


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "tandem.json"
    write = outputs.into(file)
    write("[1]\n")
    with file.open() as old:
        write("[2]\n")
        assert (old.read(), file.read_text()) == ("[1]\n", "[2]\n")
    assert [path.name for path in tmp_path.iterdir()] == ["tandem.json"]
    assert file.stat().st_mode & 0o444 == 0o444


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"tandem\.json: cannot be written"):
        outputs.into(tmp_path / "gone" / "tandem.json")("[]")


@pytest.mark.parametrize(
    "words",
    [
        ["--intent", "--watch"],
        ["--intent", "--format", "env"],
        ["--for", "5"],
        ["--output", "/nowhere/at/all.json"],
        ["--format", "xml"],
        ["--watch", "--every", "0"],
    ],
)
def test_words_that_contradict_each_other_are_refused(open_bench: Callable[..., Bench], words: list[str]) -> None:
    folder = open_bench().options.directory
    assert CliRunner().invoke(command_line, ["-C", str(folder), "outputs", *words]).exit_code == 2
