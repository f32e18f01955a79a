"""How the demo app starts, fails and leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from config.names import ROOT
from tests.unit.images.demo import Client, eventually, running


def test_it_leaves_with_zero_when_told_to() -> None:
    with running() as demo:
        demo.stop()
        assert demo.exit_code() == 0


def test_what_is_in_flight_is_answered_and_the_connection_closed() -> None:
    with running() as demo:
        client = demo.dial()
        client.send(b"GET /slow?s=0.7 HTTP/1.1\r\n\r\n")
        wait_until_served(demo.dial())
        demo.stop()
        assert client.answer()[:2][0] == 200
        assert client.is_closed()
        assert demo.exit_code() == 0


def test_a_request_already_on_its_way_on_an_idle_connection_is_answered() -> None:
    with running() as demo:
        client = demo.dial()
        client.get("/healthz")
        demo.stop()
        eventually(lambda: not listens(demo.port))
        status, headers, body = client.post("/x", b"late")
        assert (status, headers["Connection"], body) == (200, "close", b"late")
        assert demo.exit_code() == 0


def test_a_body_that_is_still_arriving_is_waited_for() -> None:
    with running() as demo:
        client = demo.dial()
        client.send(b"POST /x HTTP/1.1\r\nContent-Length: 4\r\n\r\nab")
        wait_until_served(demo.dial())
        demo.stop()
        eventually(lambda: not listens(demo.port))
        client.send(b"cd")
        assert client.answer()[2] == b"abcd"
        assert demo.exit_code() == 0


def test_a_stream_runs_to_its_end() -> None:
    with running() as demo:
        client = demo.dial()
        client.send(b"GET /stream?s=0.8&i=0.1 HTTP/1.1\r\n\r\n")
        client.head()
        demo.stop()
        assert b"END" in client.file.read()
        assert demo.exit_code() == 0


def test_the_crashing_one_ends_with_one_and_says_why() -> None:
    run = run_to_the_end(MODE="crash")
    assert run.returncode == 1
    assert "fatal" in run.stdout


def test_the_sick_one_serves_but_is_never_healthy() -> None:
    with running(MODE="sick") as demo:
        client = demo.dial()
        assert client.get("/healthz")[0] == 503
        assert client.get("/version")[0] == 200


def test_the_failing_one_is_healthy_and_fails_every_fifth_request() -> None:
    with running(MODE="errors") as demo:
        client = demo.dial()
        assert {client.get("/healthz")[0] for _ in range(10)} == {200}
        assert sorted(client.post("/x", b"a")[0] for _ in range(10)) == [200] * 8 + [500] * 2


def test_a_slow_start_can_be_stopped() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "images.demo"], cwd=ROOT, env={"DEMO_BOOT_SECONDS": "60"}, stdout=subprocess.PIPE
    ) as process:
        # SIGTERM is the handler's business as soon as the process asked for it; before that Python would die of it.
        eventually(lambda: handles_term(process.pid))
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_an_unknown_mode_is_refused() -> None:
    run = run_to_the_end(MODE="odd")
    assert run.returncode == 1
    assert "expected one of good, crash, sick, errors" in run.stderr


def run_to_the_end(**env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "images.demo"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def wait_until_served(other: Client) -> None:
    """A later request was answered, so what was sent before on other connections has been read."""
    other.get("/healthz")
    other.socket.close()


def listens(port: int) -> bool:
    line = f"0100007F:{port:04X}"
    wildcard = f"00000000:{port:04X}"
    table = Path("/proc/net/tcp").read_text(encoding="ascii")
    return any(word in table for word in (f"{line} 00000000:0000 0A", f"{wildcard} 00000000:0000 0A"))


def handles_term(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> 14 & 1)
