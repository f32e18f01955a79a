"""One machine: started, reached, cut off, removed."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from config.names import ROOT
from images.progress import Progress
from tests.fresh.machine import AS_A_MACHINE, ways_out
from tests.host.docker import docker, free_port, labels, remove_leftovers
from tests.machine.image import Kind, ensure

SCOPE = "machine"
FOLDER = ROOT / ".tandem" / "machines"
"""A folder per machine: the key that opens it."""

BOOT_LIMIT = 60.0
"""Seconds for a machine to come up."""

ADMIT = """
(umask 077; cat >/root/.ssh/authorized_keys)
if [ -d /home/deploy ]; then
    install -m 600 -o deploy -g deploy /root/.ssh/authorized_keys /home/deploy/.ssh/authorized_keys
fi
"""
"""The key on stdin opens it."""

AS_A_BOOTED_MACHINE = ("--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec")


@dataclass(frozen=True)
class Machine:
    """A machine that runs. It answers SSH at `address:port`, and its gateway may listen on `gateway_port`."""

    name: str
    kind: Kind
    port: int
    gateway_port: int
    """Published under the same number: a stack whose gateway has this port is reached at `address:gateway_port`."""
    address: str = "127.0.0.1"

    @property
    def user(self) -> str:
        """Who may log in with the key: root on a bare machine, else also `deploy` (group docker, sudo)."""
        return "root" if self.kind.bare else "deploy"

    @property
    def key(self) -> Path:
        """The private key that opens it."""
        return FOLDER / self.name / "key"

    @property
    def public_key(self) -> str:
        """The public half, one line."""
        return self.key.with_suffix(".pub").read_text(encoding="utf-8").strip()

    @property
    def host_key(self) -> str:
        """Its host key as a stack file pins it: `ssh-ed25519 AAAA…`."""
        return " ".join(self.sh("cat /etc/ssh/ssh_host_ed25519_key.pub").split()[:2])

    @property
    def ip(self) -> str:
        """Its address on the bridge, where every port answers; another one after a power cut, perhaps."""
        return docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", self.name)

    def sh(self, script: str, stdin: str | None = None, *, check: bool = True) -> str:
        """Runs a script in it as root, past SSH; its standard output, stripped."""
        done = self.run(script, stdin)
        assert done.returncode == 0 or not check, f"{script}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def run(self, script: str, stdin: str | None = None, limit: float = 300) -> subprocess.CompletedProcess[str]:
        """The same, whole: code, output and errors. `limit` in seconds."""
        command = ["docker", "exec", "-i", self.name, "sh", "-c", script]
        return subprocess.run(command, input=stdin or "", capture_output=True, text=True, timeout=limit, check=False)

    def ssh(self, command: str, user: str | None = None, *, port: int | None = None) -> list[str]:
        """The argument list of an SSH command to it, without the product's options: a second opinion."""
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes")
        words = [word for option in (*options, "IdentitiesOnly=yes") for word in ("-o", option)]
        where = f"{user or self.user}@{self.address}"
        return ["ssh", "-F", "none", *words, "-i", str(self.key), "-p", str(port or self.port), where, command]

    def load(self, *images: str) -> None:
        """Gives its Docker these images of ours."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
            command = ["docker", "exec", "-i", self.name, "docker", "load", "--quiet"]
            subprocess.run(command, stdin=saved.stdout, stdout=subprocess.DEVNULL, check=True, timeout=300)
        assert saved.returncode == 0, f"docker save {' '.join(images)}: {saved.returncode}"

    def cut_power(self) -> None:
        """Ends everything in it at once, without a word; `start` boots it again."""
        docker("kill", self.name)

    def start(self) -> None:
        """Boots it again; returns at once, `wait` waits."""
        docker("start", self.name)

    def reboot(self) -> None:
        """An orderly shutdown, then a boot; returns when that has begun. Raises when it took 120 s to go down."""
        docker("stop", "--time", "110", self.name)
        self.start()

    def wait(self) -> None:
        """Returns once it has booted and SSH answers. Raises RuntimeError with what stands in the way."""
        deadline = time.monotonic() + BOOT_LIMIT
        state = ""
        while state not in ("running", "degraded"):
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"{self.name} is still {state or 'silent'} after {BOOT_LIMIT:g} s\n{self.complaints()}"
                )
            # Straight after a start there is no bus to ask yet, and `--wait` returns at once.
            time.sleep(0.05)
            state = self.run("systemctl is-system-running --wait").stdout.strip()
        while subprocess.run(self.ssh("true", "root"), capture_output=True, check=False).returncode:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name}: no SSH after {BOOT_LIMIT:g} s\n{self.complaints()}")
            time.sleep(0.05)

    def complaints(self) -> str:
        """Failed units and warnings, for whoever looks at a failed test."""
        asked = "systemctl --failed --no-legend --plain; journalctl --priority warning --no-pager --lines 30"
        return self.run(asked).stdout

    def remove(self) -> None:
        """Away with it, its Docker's data and its key; no error when it has gone already."""
        docker("rm", "--force", "--volumes", self.name, check=False)
        shutil.rmtree(FOLDER / self.name, ignore_errors=True)


def boot(kind: Kind, *, name: str | None = None, mine: bool = True) -> Machine:
    """A new machine that runs. `mine`: it may be swept once this process is gone."""
    image = ensure(kind, Progress())
    machine = Machine(name or f"tandem-machine-{uuid.uuid4().hex[:8]}", kind, free_port(), free_port())
    folder = FOLDER / machine.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", machine.name, "-f", str(machine.key)]
    subprocess.run(keygen, check=True)
    marks = labels(SCOPE) if mine else ["--label", f"tandem.test={SCOPE}", "--label", "tandem.test.pid=1"]
    marks += ["--label", f"tandem.test.suite={kind.suite}", "--label", f"tandem.test.bare={kind.bare}"]
    published = (f"127.0.0.1:{machine.port}:22", f"127.0.0.1:{machine.gateway_port}:{machine.gateway_port}")
    docker(
        *("run", "--detach", "--name", machine.name, "--hostname", machine.name, *marks, *AS_A_MACHINE),
        *(*AS_A_BOOTED_MACHINE, "--publish", published[0], "--publish", published[1], image),
    )
    try:
        machine.sh(ADMIT, machine.public_key + "\n")
        # How this machine reaches its registries, for every login there.
        machine.sh("cat >>/etc/environment", "".join(f"{key}={value}\n" for key, value in ways_out().items()))
        machine.wait()
    except BaseException:
        if not kept():
            machine.remove()
        raise
    return machine


def kept() -> bool:
    """Whether machines stay after their test, for a look: KEEP_MACHINE=1."""
    return os.environ.get("KEEP_MACHINE") == "1"


def sweep() -> None:
    """Removes the machines of killed runs, and the folders of machines that are gone."""
    remove_leftovers(SCOPE)
    there = {machine.name for machine in running()}
    for folder in FOLDER.glob("*"):
        if folder.name not in there:
            shutil.rmtree(folder, ignore_errors=True)


def running() -> list[Machine]:
    """Every machine of this checkout's user, also those of other runs."""
    form = '{{.Names}} {{.Label "tandem.test.suite"}} {{.Label "tandem.test.bare"}}'
    listing = docker("ps", "--all", "--filter", f"label=tandem.test={SCOPE}", "--format", form)
    return [_known(*line.split()) for line in listing.splitlines()]


def _known(name: str, suite: str, bare: str) -> Machine:
    bindings = docker(
        *("inspect", "--format"),
        "{{range $port, $at := .HostConfig.PortBindings}}{{$port}}={{(index $at 0).HostPort}} {{end}}",
        name,
    )
    published = dict(entry.split("=") for entry in bindings.split())
    ssh = published.pop("22/tcp")
    return Machine(name, Kind(suite, bare == "True"), int(ssh), int(next(iter(published.values()))))
