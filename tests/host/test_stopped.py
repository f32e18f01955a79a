"""The mark of what was stopped by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from tests.host.flips import await_verdict, visitors, warm_up
from tests.host.stage import Outcome, Stage

GREEN = "green-11111111"


def stopped(stage: Stage, *words: str, who: str = "root@laptop") -> Outcome:
    command: Sequence[str] = [str(stage.directory / "current" / "host" / "stopped"), *words]
    done = subprocess.run(command, input=f"{who}\n", capture_output=True, text=True, timeout=20, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr)


def test_a_mark_is_told_with_its_author_until_it_is_taken_away(serving: Stage) -> None:
    assert serving.serving()["web"]["stopped"] is None
    assert stopped(serving, "on", "web", "_gateway", who='root"\t@laptop').code == 0
    assert serving.serving()["web"]["stopped"]["by"] == "root @laptop"
    assert (serving.directory / "state" / "_gateway.stopped").is_file()

    assert stopped(serving, "off", "web", "_gateway").code == 0
    assert serving.serving()["web"]["stopped"] is None
    assert stopped(serving, "off", "web").code == 0, "twice is as good as once"


def test_a_release_that_is_switched_to_takes_the_mark_away(serving: Stage) -> None:
    stopped(serving, "on", "web", "web-admin")
    serving.release("blue-22222222")
    serving.switch("blue-22222222").receipt  # noqa: B018  (asserts that it succeeded)

    assert serving.serving()["web"]["stopped"] is None
    assert (serving.directory / "state" / "web-admin.stopped").is_file()


def test_what_is_no_part_is_refused_and_nothing_is_marked(serving: Stage) -> None:
    for words in (("on", "web", "../web"), ("on", ""), ("off", "_nobody"), ("maybe", "web"), ()):
        refused = stopped(serving, *words)
        assert refused.code == 64, words
        assert refused.stderr

    assert serving.serving()["web"]["stopped"] is None


def test_with_jobs_on_the_host_the_scheduler_sees_it_in_its_own_folder(serving: Stage) -> None:
    tables = serving.host / "jobs" / "state" / "cron"
    tables.mkdir(parents=True)
    stopped(serving, "on", "web")
    assert (tables / "web.off").is_file()

    stopped(serving, "off", "web")
    assert list(tables.iterdir()) == []


def test_what_nobody_answers_after_a_stop_by_hand_is_no_verdict_on_the_release(serving: Stage) -> None:
    new = "blue-22222222"
    serving.release(new)
    warm_up(serving)
    with visitors(serving, each_second=50):
        serving.switch(new, GREEN, back=GREEN, window=30)
        stopped(serving, "on", "web")
        serving.kill(serving.container(new))
        assert await_verdict(serving, "superseded")["why"] == "web was stopped by hand"

    told = serving.serving()["web"]
    assert (told["live"], told["pointer"], told["barred"]) == (new, False, [])
