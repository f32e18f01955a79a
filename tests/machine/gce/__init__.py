"""What makes a machine for tests an instance of Google's: a data disk, a metadata server, who runs the startup script.

All three are there again after a reboot and a power cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.host.docker import docker
from tests.machine.boot import Machine

FILES = Path(__file__).parent / "files"
METADATA = "127.0.0.1:8099"
ATTRIBUTES = "/srv/computeMetadata/v1/instance/attributes"
LOOPS = Path("/dev/loop-control")
"""The data disk is a loop device."""
IMAGE = "/var/lib/docker/data.img"

_SET_UP = f"""
set -e
mkdir -p {ATTRIBUTES}
truncate -s "$GB"G {IMAGE}
data-disk
sed -i 's,^exec ,/usr/local/sbin/data-disk\\n&,' /usr/sbin/machine-init
systemctl daemon-reload
systemctl -q enable --now metadata.service
systemctl -q enable google-startup-scripts.service
"""

_TEAR_DOWN = f"""
systemctl stop docker.socket docker.service
umount /var/lib/docker/volumes /var/lib/tandem /mnt/tandem
losetup -d $(losetup -j {IMAGE} -O NAME -n)
"""


@contextmanager
def an_instance(machine: Machine, disk_gb: int) -> Iterator[None]:
    """While the block runs it has a blank data disk and the rest. Its metadata is empty; no startup script has run."""
    docker("cp", f"{FILES}/.", f"{machine.name}:/")
    machine.sh(f"GB={disk_gb}; {_SET_UP}")
    try:
        yield
    finally:
        # The loop device is this kernel's: it would stay when the machine goes.
        machine.run(_TEAR_DOWN)
