"""The switch when something is wrong: who served goes on serving, and the message says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import load
from tests.host.docker import docker
from tests.host.stage import Stage, ended, until

pytestmark = pytest.mark.host


def test_a_candidate_that_crashes_at_boot_is_refused_with_its_last_words(serving: Stage) -> None:
    before = serving.live_file().read_bytes()
    serving.release("blue-22222222", crash=True, boot=0.6)

    with load.background(serving.port, header="web.localhost", clients=4, fresh=1, think=0.02) as seen:
        refused = serving.switch("blue-22222222", "green-11111111", timeout=30)

    assert refused.code == 71, refused.stderr
    assert "web: blue-22222222 does not go live:" in refused.stderr
    assert "exit code 1" in refused.stderr
    assert "| fatal: no database" in refused.stderr
    assert "web: green-11111111 serves, as before" in refused.stderr
    assert refused.stdout == ""
    assert serving.live_file().read_bytes() == before
    assert seen.lost == 0, str(seen)


def test_a_candidate_in_a_restart_loop_is_refused_and_stopped(serving: Stage) -> None:
    serving.release("blue-22222222", crash=True, boot=0.3, restart="unless-stopped")

    refused = serving.switch("blue-22222222", "green-11111111", timeout=30)

    assert refused.code == 71, refused.stderr
    assert serving.state("blue-22222222") == "exited"
    assert serving.served_by() == "green-11111111"


def test_a_candidate_that_died_before_the_switch_is_refused(serving: Stage) -> None:
    serving.release("blue-22222222", crash=True)
    until(lambda: serving.state("blue-22222222") == "exited")

    refused = serving.switch("green-11111111", "blue-22222222")

    assert (refused.code, "its container is exited" in refused.stderr) == (71, True), refused.stderr


def test_a_container_that_does_not_exist_is_refused(serving: Stage) -> None:
    serving.containers["web blue-22222222"] = "web-blue-22222222-gone000"

    refused = serving.switch("blue-22222222", "green-11111111")

    assert (refused.code, "does not exist" in refused.stderr) == (71, True), refused.stderr
    assert serving.served_by() == "green-11111111"


def test_a_candidate_that_is_never_healthy_is_refused_at_its_limit_and_stopped(serving: Stage) -> None:
    before = serving.live_file().read_bytes()
    serving.release("blue-22222222", health=500)

    refused = serving.switch("green-11111111", "blue-22222222", timeout=1)

    assert refused.code == 70, refused.stderr
    assert "not ready within its 1 s; last answer: HTTP 500 from /healthz" in refused.stderr
    assert (serving.state("blue-22222222"), serving.state("green-11111111")) == ("exited", "running")
    assert serving.live_file().read_bytes() == before
    assert serving.served_by() == "green-11111111"


def test_a_candidate_that_listens_elsewhere_is_refused_with_the_port_it_was_asked_at(serving: Stage) -> None:
    serving.release("blue-22222222")

    refused = serving.switch("blue-22222222", "green-11111111", port=8001, timeout=1)

    assert refused.code == 70, refused.stderr
    assert "last answer: no answer on port 8001, where the app must listen on 0.0.0.0" in refused.stderr
    assert serving.served_by() == "green-11111111"


def test_a_standby_that_died_since_it_was_prepared_does_not_go_live(serving: Stage) -> None:
    standby = serving.release("blue-22222222")
    serving.switch("green-11111111", "blue-22222222").receipt  # noqa: B018 — asserts that it succeeded
    serving.kill(standby)

    refused = serving.switch("blue-22222222", "green-11111111", timeout=2)

    assert refused.code == 71, refused.stderr
    assert serving.served_by() == "green-11111111"


def test_a_configuration_that_nginx_refuses_is_put_back_byte_for_byte(serving: Stage) -> None:
    before = serving.live_file().read_bytes()
    serving.release("blue-22222222")

    refused = serving.switch("blue-22222222", "green-11111111", port=99999)

    assert (refused.code, "invalid port" in refused.stderr) == (65, True), refused.stderr
    assert serving.live_file().read_bytes() == before
    assert serving.served_by() == "green-11111111"
    assert serving.switch("blue-22222222", "green-11111111").receipt["moved"] is True


def test_another_apps_broken_file_refuses_the_switch_and_names_it(serving: Stage) -> None:
    serving.live_file("web-admin").write_text("upstream {")
    serving.release("blue-22222222")

    refused = serving.switch("blue-22222222", "green-11111111")

    assert (refused.code, "/gw/live/web-admin.conf" in refused.stderr) == (65, True), refused.stderr
    assert serving.served_by() == "green-11111111"


def test_a_second_switch_is_refused_at_once_and_told_who_holds_the_lock(serving: Stage) -> None:
    serving.release("blue-22222222", boot=4)
    first = serving.start_script("switch", "web", serving.spec("blue-22222222", "green-11111111"))
    holder = serving.directory / "state" / "web.holder"
    until(lambda: "blue-22222222" in holder.read_text())

    second = serving.switch("green-11111111")

    assert second.code == 75
    assert "busy: switch to blue-22222222 (process" in second.stderr
    assert ended(first).receipt["release"] == "blue-22222222"


def test_a_candidate_left_behind_by_a_gateway_that_died_is_probed_again(serving: Stage) -> None:
    serving.release("blue-22222222", health=500)
    first = serving.start_script("switch", "web", serving.spec("green-11111111", "blue-22222222", timeout=60))
    until(lambda: "blue-22222222" in serving.live_file().read_text())
    serving.kill(serving.gateway)
    assert ended(first).code == 70
    docker("start", serving.gateway)
    serving.wait_for_gateway()
    docker("start", serving.container("blue-22222222"))

    again = serving.switch("green-11111111", "blue-22222222", timeout=1)

    assert (again.code, "not ready within its 1 s" in again.stderr) == (70, True), again.stderr
    assert serving.served_by() == "green-11111111"


def test_a_switch_whose_client_was_killed_gives_way_to_the_next_one(serving: Stage) -> None:
    before = serving.live_file().read_bytes()
    serving.release("blue-22222222", health=500)
    first = serving.start_script("switch", "web", serving.spec("blue-22222222", "green-11111111", timeout=60))
    until(lambda: "blue-22222222" in serving.live_file().read_text())
    first.kill()

    until(lambda: serving.switch("green-11111111").code == 0, seconds=20)

    assert serving.live_file().read_bytes() == before
    assert serving.served_by() == "green-11111111"


def test_the_other_app_is_untouched_by_a_failure(serving: Stage) -> None:
    serving.release("green-33333333", app="web-admin")
    serving.release("blue-22222222", health=500)
    bad = serving.start_script("switch", "web", serving.spec("blue-22222222", "green-11111111", timeout=2))

    good = serving.switch("green-33333333", app="web-admin")

    assert good.receipt["moved"] is True
    assert ended(bad).code == 70
    assert serving.served_by("admin.localhost") == "green-33333333"
    assert serving.served_by() == "green-11111111"


def test_an_emptied_rollout_does_not_close_what_serves(serving: Stage) -> None:
    refused = serving.switch(None)

    assert (refused.code, "green-11111111 serves" in refused.stderr) == (75, True), refused.stderr
    assert serving.served_by() == "green-11111111"


def test_without_a_gateway_nothing_is_switched_and_the_message_says_so(serving: Stage) -> None:
    serving.release("blue-22222222")
    serving.kill(serving.gateway)

    refused = serving.switch("blue-22222222", "green-11111111")

    assert refused.code == 70
    assert f"the gateway container {serving.gateway} is not running" in refused.stderr
    assert serving.serving()["web"]["live"] == "green-11111111"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda spec: spec + "wobble 3\n", "unknown key 'wobble'"),
        (lambda spec: spec.replace("passes 3", "passes many"), "passes 'many' in the spec is not a whole number"),
        (lambda spec: spec.replace("health http", "health tcp"), "health 'tcp' in the spec is not one of"),
        (lambda spec: spec.replace("release green-", "release ;rm-"), "is not a name"),
        (lambda spec: spec.replace("release green-11111111", "release green-9"), "has no upstream line for it"),
        (lambda spec: spec.replace(" 8000\n", "\n"), "is not 'upstream RELEASE CONTAINER PORT'"),
        (lambda spec: spec + "canary 0 green-11111111\n", "canary '0' in the spec is not 1 to 99 percent"),
        (lambda spec: spec + "canary 100 green-11111111\n", "canary '100' in the spec is not 1 to 99 percent"),
        (lambda spec: spec + "canary ten green-11111111\n", "canary 'ten' in the spec is not 1 to 99 percent"),
        (
            lambda spec: spec + "canary 10 blue-22222222\n",
            "release blue-22222222 shall get 10 percent, but the spec has no",
        ),
        (lambda spec: spec + "canary 10 green-11111111\n", "cannot be canary and live at once"),
        (
            lambda spec: spec + "back blue-22222222\n",
            "release blue-22222222 shall be the way back, but the spec has no",
        ),
        (lambda spec: spec + "back green-11111111\n", "it is no way back from itself"),
        (lambda spec: spec + "image green-11111111\n", "is not 'image RELEASE IMAGE'"),
        (lambda spec: spec + "image green-11111111 a;b\n", "is not 'image RELEASE IMAGE'"),
        (lambda spec: spec + "bad off\n", "bad 'off' in the spec is not one of: switch_back warn"),
        (lambda spec: spec + "window 15s\n", "window '15s' in the spec is not a whole number"),
    ],
)
def test_a_spec_that_is_not_understood_changes_nothing(
    serving: Stage, change: Callable[[str], str], complaint: str
) -> None:
    refused = serving.script("switch", "web", change(serving.spec("green-11111111")))

    assert (refused.code, complaint in refused.stderr) == (64, True), refused.stderr
    assert serving.served_by() == "green-11111111"


def test_an_app_name_that_is_none_is_refused(stage: Stage) -> None:
    names: list[Any] = ["../web", "Web", ""]
    assert [stage.script("switch", name).code for name in names] == [64, 64, 64]


@pytest.mark.parametrize("script", ["switch", "guard", "close"])
def test_half_a_spec_changes_nothing(stage: Stage, script: str) -> None:
    stage.release("green-11111111")
    stage.switch("green-11111111")
    before = stage.live_file().read_bytes()
    whole = stage.spec("green-11111111")
    for cut in (0, whole.index("upstream"), len(whole)):
        refused = stage.told(script, "web", whole[:cut] if script == "switch" else "")

        assert (refused.code, refused.stdout) == (64, "")
        assert "the spec has no end" in refused.stderr
    assert stage.live_file().read_bytes() == before
    assert stage.known() == {"web": {"live": "green-11111111", "releases": ["green-11111111"]}}
