"""A registry on this machine that asks who one is: Debian's own, from its package, unpacked and never installed."""

from __future__ import annotations

import base64
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.project import docker, free_port, until

USER = "acme"
PASSWORD = "registry-canary-7f3a"
HASHED = "$2b$05$JB8hbCshITq3pbVI2o0FiOtD.DwSC4sLBEK74kZrplG5B7I5cyxmK"
"""The same by bcrypt, which is the only form that the registry reads."""

SETTINGS = """\
version: 0.1
log: {{accesslog: {{disabled: true}}, level: error}}
storage: {{filesystem: {{rootdirectory: {folder}/images}}}}
http: {{addr: '{address}'}}
auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}
"""


@dataclass(frozen=True)
class Registry:
    """`address`: as images name it; `folder`: what it keeps."""

    address: str
    folder: Path

    @property
    def authorization(self) -> str:
        """The header of a request."""
        return "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    def push(self, image: str, name: str) -> str:
        """Puts a local image there, under `<address>/<name>`; the reference."""
        reference = f"{self.address}/{name}"
        docker("tag", image, reference)
        config = self.folder / "pusher"
        config.mkdir(exist_ok=True)
        secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        (config / "config.json").write_text(json.dumps({"auths": {self.address: {"auth": secret}}}))
        try:
            docker("--config", str(config), "push", "--quiet", reference)
        finally:
            docker("rmi", reference)
        return reference


@contextmanager
def registry(folder: Path) -> Iterator[Registry]:
    """Runs while the block does. Skips where Debian's package is not to be had."""
    program = _unpacked(folder / "package")
    address = f"127.0.0.1:{free_port()}"
    (folder / "htpasswd").write_text(f"{USER}:{HASHED}\n")
    (folder / "config.yml").write_text(SETTINGS.format(folder=folder, address=address))
    with subprocess.Popen([str(program), "serve", str(folder / "config.yml")], stdout=-3, stderr=-3) as running:
        try:
            until(lambda: _asks_who_one_is(address))
            yield Registry(address, folder)
        finally:
            running.terminate()
            _forget(address)


def _forget(address: str) -> None:
    """What was pulled from there."""
    listed = docker("images", "--digests", "--format", "{{.Repository}} {{.Tag}} {{.Digest}}", f"{address}/*/*")
    for repository, tag, digest in (line.split() for line in listed.splitlines()):
        name = f"{repository}:{tag}" if tag != "<none>" else f"{repository}@{digest}"
        subprocess.run(["docker", "rmi", "--force", name], capture_output=True, check=False)


def _unpacked(folder: Path) -> Path:
    folder.mkdir()
    fetched = subprocess.run(["apt-get", "download", "docker-registry"], cwd=folder, capture_output=True, check=False)
    packages = list(folder.glob("*.deb"))
    if fetched.returncode != 0 or not packages:
        pytest.skip("Debian's package docker-registry cannot be had here")
    subprocess.run(["dpkg-deb", "-x", str(packages[0]), str(folder)], check=True)
    return folder / "usr" / "bin" / "docker-registry"


def _asks_who_one_is(address: str) -> bool:
    try:
        urllib.request.urlopen(f"http://{address}/v2/", timeout=1)
    except urllib.error.HTTPError as error:
        return error.code == 401
    except OSError:
        return False
    return False
