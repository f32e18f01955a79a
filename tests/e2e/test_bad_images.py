"""Images that are of no use: never pushed, for another machine, kept from us. Each is named, and the old one serves."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.other_platform import for_arm64
from tests.e2e.project import Project, docker, free_port
from tests.e2e.registry import PASSWORD, USER, Registry

PASSWORDS = {"REGISTRY_PASSWORD": PASSWORD}


@contextmanager
def denying() -> Iterator[str]:
    """A registry that knows who asks and lets nobody in (403), as one does with a token for something else."""

    class Denies(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code = 200 if self.path == "/v2/" else 403
            said = {"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]}
            body = b"{}" if code == 200 else json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Denies)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def knows(web: Project, address: str) -> None:
    login = f"  tandem:registries: {{'{address}': {{user: {USER}, password: REGISTRY_PASSWORD}}}}\n"
    web.file.write_text(web.file.read_text() + login)


def here(reference: str) -> bool:
    """Whether this machine's Docker has it."""
    return bool(docker("images", "--quiet", reference))


def refused(web: Project, reference: str, *words: str, env: dict[str, str] | None = None) -> str:
    """What is said when it is refused, by a check before and by the deploy; nothing is changed by either."""
    before, served = web.file.read_bytes(), web.served_by()
    known = here(reference)

    looked = web.run("check", f"web={reference}", env=env)
    ran = web.run("deploy", "web", reference, env=env)

    assert (looked.code, ran.code) == (5, 5), looked.text + ran.text
    assert web.file.read_bytes() == before
    assert served[0] == 200
    assert web.served_by() == served
    assert here(reference) == known
    for word in words:
        assert word in looked.text, looked.text
        assert word in ran.text, ran.text
    return ran.text


def test_what_was_never_pushed_or_is_kept_from_us_is_told(web: Project, private: Registry) -> None:
    knows(web, private.address)
    deployed = web.run("deploy", "web", "demo:1", env=PASSWORDS)
    assert deployed.code == 0, deployed.text

    never = f"{private.address}/acme/web:never"
    refused(web, never, "manifest unknown", f"docker push {never}", env=PASSWORDS)
    there = private.push("demo:2", "acme/web:2")
    wrong = refused(web, there, "unauthorized", "give it a new value", env={"REGISTRY_PASSWORD": "wrong-canary-11"})
    assert "wrong-canary-11" not in wrong
    nobody = f"127.0.0.1:{free_port()}"
    refused(web, f"{nobody}/acme/web:1", "connection refused", f"curl -sSI https://{nobody}/v2/", env=PASSWORDS)


def test_a_token_for_something_else_is_told_as_one(web: Project) -> None:
    with denying() as address:
        knows(web, address)
        assert web.run("deploy", "web", "demo:1", env=PASSWORDS).code == 0
        refused(web, f"{address}/acme/web:1", "denied", f"{USER} may not read it at {address}", env=PASSWORDS)


def test_an_image_for_another_machine_is_not_started_nor_pulled(web: Project, private: Registry) -> None:
    knows(web, private.address)
    assert web.run("deploy", "web", "demo:1", env=PASSWORDS).code == 0
    with for_arm64("demo:2", f"{web.name}:arm") as local:
        refused(web, local, "is for linux/arm64, and this machine is linux/amd64", "--platform", env=PASSWORDS)
        pushed = private.push(local, "acme/arm:1")
    refused(web, pushed, "is for linux/arm64", env=PASSWORDS)


def test_a_check_tells_what_a_registry_has_and_whether_a_migration_is_in_an_image(
    web: Project, private: Registry
) -> None:
    knows(web, private.address)
    there = private.push("demo:1", "acme/web:1")
    ran = web.run("check", f"web={there}", "--json", env=PASSWORDS)
    assert ran.code == 0, ran.text
    found = {line["check"]: line for line in map(json.loads, ran.out.splitlines())}
    assert f"is pulled from {private.address} when it is needed (web): sha256:" in found[f"image {there}"]["found"]
    assert "linux/amd64" in found[f"image {there}"]["found"]

    web.file.write_text(web.file.read_text().replace('"port"', '"before_switch": {"command": ["no-such"]}, "port"'))
    lacking = web.run("check", "web=demo:1", env=PASSWORDS)
    assert lacking.code == 5
    assert "demo:1 has no no-such" in lacking.text
    web.file.write_text(web.file.read_text().replace('"no-such"', '"python3", "-V"'))
    assert "demo:1 has python3" in web.run("check", "web=demo:1", env=PASSWORDS).text
