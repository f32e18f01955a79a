"""A Google Compute Engine instance with all that belongs to it: network, address, firewall, identity, disks, snapshots.

What is left out takes the profile's default, see `config.profiles`. Sizes are GB as Google counts them (GiB).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config import ranges
from config.base import Flag, Model, Port
from config.forms import Mistake, OrWord, Text, Whole, refuse
from config.profiles import DEFAULTS, Profile
from config.reach import HostAddress, HostKey, KeyFile, LoginName, Machine

IAP_RANGE = "35.235.240.0/20"
"""Where Identity-Aware Proxy comes from (cloud.google.com/iap/docs/using-tcp-forwarding)."""

OWN_LABELS = frozenset({"project", "stack", "profile"})
"""Labels that everything in Google Cloud has."""

ProjectId = Annotated[
    str,
    Text(
        "must be a project's id: 6 to 30 lower-case letters, digits and hyphens, a letter first",
        "acme-prod",
        r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
    ),
]
Zone = Annotated[str, Text("must be a zone", "europe-west3-c", r"[a-z]+-[a-z]+[0-9]+-[a-z]")]
Region = Annotated[str, Text("must be a region", "europe-west3", r"[a-z]+-[a-z]+[0-9]+")]
MachineType = Annotated[str, Text("must be a machine type", "e2-medium", r"[a-z][a-z0-9]*-[a-z0-9-]+")]
BootImage = Annotated[
    str,
    Text("must be project/family or project/image", "debian-cloud/debian-13", r"[a-z][a-z0-9-]+/[a-z][a-z0-9-]*"),
]
SnapshotTime = Annotated[str, Text("must be a full hour of the day in UTC", "03:00", r"(?:[01][0-9]|2[0-3]):00")]


def _range_complaint(text: str) -> str | None:
    return ranges.complaint(text, "is no range of IPv4 addresses")


Range = Annotated[
    str,
    Text(
        "must be a range of IPv4 addresses, as the instance has no other",
        "203.0.113.0/24",
        r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}/(?:[0-9]|[12][0-9]|3[0-2])",
        _range_complaint,
    ),
]
Member = Annotated[
    str,
    Text(
        "must be a member as Google's IAM spells it",
        "serviceAccount:deploy@acme-prod.iam.gserviceaccount.com",
        r"(?:user|group|serviceAccount):[^\s:@]+@[a-z0-9.-]+|principal(?:Set)?://\S+",
    ),
]
LabelKey = Annotated[str, Text("must be a label's key in lower case", "team", r"[a-z][a-z0-9_-]{0,62}")]
LabelValue = Annotated[str, Text("must be a label's value in lower case", "payments", r"[a-z0-9_-]{0,63}")]
PublicKey = Annotated[
    str,
    Text(
        "must be a public key as one line, type and base64, with or without a comment",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… deploy",
        r"(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) [A-Za-z0-9+/]+=*(?: [ -~]*)?",
    ),
]


class Disk(Model):
    """A persistent disk. It only grows; another type or zone would be another disk, and is refused."""

    size: Annotated[int, Whole(10, 65_536, 50, of="GB")]
    """GB; may be raised at any time, never lowered."""
    type: Literal["pd-balanced", "pd-ssd", "pd-standard", "hyperdisk-balanced"] = "pd-balanced"
    """pd-balanced fits most; a change would replace the disk."""
    iops: Annotated[int, Whole(100, 350_000, 3000)] | None = None
    """Only for hyperdisk-balanced: provisioned operations a second."""
    throughput: Annotated[int, Whole(140, 5000, 140, of="MB/s")] | None = None
    """Only for hyperdisk-balanced: provisioned MB/s."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Disk:
        refuse(self._about_the_speed())
        return self

    def _about_the_speed(self) -> Iterator[Mistake]:
        for key in ("iops", "throughput"):
            if getattr(self, key) is not None and self.type != "hyperdisk-balanced":
                yield Mistake(key, f"is only for hyperdisk-balanced: remove it, for example type: {self.type} alone")


class Snapshots(Model):
    """Google's own snapshots of the disks, every day."""

    keep_days: Annotated[int, Whole(1, 3650, 14, of="days")]
    """How long each one is kept."""
    at: SnapshotTime = "03:00"
    """Start, UTC."""


class Door(Model):
    """How one logs in to the instance."""

    sources: Annotated[tuple[Range, ...] | Literal["iap"], OrWord("iap", tuple[Range, ...])] = "iap"
    """Who may reach port 22: Google's Identity-Aware Proxy, or listed ranges."""
    login: Literal["key", "os-login"] = "key"
    """key: `public_keys` in the instance's metadata. os-login: Google's IAM decides, metadata keys are ignored."""
    user: LoginName = "deploy"
    """Who deploys. With os-login the name that OS Login gives the deploying account, for example sa_1234567890."""
    key: KeyFile | None = None
    """Private key that opens the machine; the SSH agent when absent."""
    public_keys: tuple[PublicKey, ...] = ()
    """Public halves that are let in; `tandem rotate-key` changes them. Required for login: key."""
    port: Port = 22
    """Port of SSH."""
    deployers: tuple[Member, ...] = ()
    """Who may use the tunnel of `sources: iap`, and log in by `login: os-login`; others need these roles elsewhere."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Door:
        refuse([*self._about_the_login(), *self._about_the_way()])
        return self

    def _about_the_login(self) -> Iterator[Mistake]:
        if self.login == "key" and not self.public_keys:
            yield Mistake("public_keys", "is required for login: key, for example [ssh-ed25519 AAAAC3Nza… deploy]")
        if self.login == "os-login" and self.public_keys:
            reason = "are ignored by Google where OS Login is on, which decides by its IAM: remove them and name who"
            yield Mistake("public_keys", f"{reason} deploys, for example deployers: ['user:ann@example.com']")
        if self.login == "os-login" and "user" not in self.model_fields_set:
            reason = "is required for login: os-login, which gives every account a name of its own"
            yield Mistake("user", f"{reason}, for example sa_1234567890")

    def _about_the_way(self) -> Iterator[Mistake]:
        if not self.sources:
            yield Mistake("sources", "names nobody: nobody could log in, for example iap")
        if self.deployers and self.sources != "iap" and self.login != "os-login":
            reason = "is only for sources: iap or login: os-login: remove it, or choose one, for example sources: iap"
            yield Mistake("deployers", reason)


_NO_HYPERDISK = ("e2", "f1", "g1", "n1", "t2a", "t2d")
_ONLY_HYPERDISK = ("c4", "c4a", "c4d", "n4", "n4a", "n4d")
"""Series of machines and the disks they take (cloud.google.com/compute/docs/disks/hyperdisks)."""


class GceHost(Machine):
    """A Compute Engine instance that the stack makes."""

    kind: Literal["gce"]
    project: ProjectId
    """Google Cloud project; one for each environment."""
    zone: Zone
    """Where the instance and its disks are."""
    machine: MachineType
    """Its size; another one stops it for a minute or two (`--allow-downtime`)."""
    image: BootImage = "debian-cloud/debian-13"
    """System of a new boot disk. A newer image of the family changes nothing; see docs/growing.md."""
    boot_disk: Disk = Disk(size=20)
    """The system, Docker and its images."""
    data_disk: Disk = Field(examples=[{"size": 50}])
    """Volumes of the apps and what tandem keeps; it outlives the instance."""
    snapshots: Annotated[Snapshots | Literal["none"], OrWord("none", Snapshots)] | None = None
    """Snapshots of both disks; the profile's default when absent."""
    ssh: Door = Field(examples=[{"public_keys": ["ssh-ed25519 AAAAC3Nza… deploy"]}])
    """How one logs in."""
    protect: Flag | None = None
    """Whether instance, disks, address and buckets refuse to be deleted; the profile's default when absent."""
    labels: dict[LabelKey, LabelValue] = Field(default={})
    """Labels of everything made in Google Cloud, beside project, stack and profile."""
    address: HostAddress | None = None
    """The address that the stack reserved; `tandem` writes it after the first `up`."""
    host_key: HostKey | None = None
    """The instance's public key: no other machine is talked to. `tandem host-key` shows and pins it."""
    hardening: Flag = True
    """Whether sshd takes keys only, and a firewall on the machine leaves only SSH and the gateway's port open."""

    @model_validator(mode="after")
    def _hangs_together(self) -> GceHost:
        refuse([*self._about_the_disks(), *self._about_the_labels()])
        return self

    def _about_the_disks(self) -> Iterator[Mistake]:
        series = self.machine.partition("-")[0]
        for key in ("boot_disk", "data_disk"):
            hyper = getattr(self, key).type == "hyperdisk-balanced"
            if hyper and series in _NO_HYPERDISK:
                yield Mistake(f"{key}.type", f"is no type that a machine {self.machine} takes, for example pd-balanced")
            if not hyper and series in _ONLY_HYPERDISK:
                reason = f"is no type that a machine {self.machine} takes, for example hyperdisk-balanced"
                yield Mistake(f"{key}.type", reason)

    def _about_the_labels(self) -> Iterator[Mistake]:
        for key in sorted(OWN_LABELS & self.labels.keys()):
            yield Mistake(f"labels.{key}", f"is the stack's own: choose another key, for example {key}-name")

    def protected(self, profile: Profile) -> bool:
        """Whether instance, disks, address and buckets refuse to be deleted."""
        return DEFAULTS[profile].protect if self.protect is None else self.protect

    def snapshotted(self, profile: Profile) -> Snapshots | None:
        """The snapshots of both disks; None = none."""
        if isinstance(self.snapshots, Snapshots):
            return self.snapshots
        days = DEFAULTS[profile].snapshot_days
        return Snapshots(keep_days=days) if self.snapshots is None and days else None

    @property
    def region(self) -> str:
        """`europe-west3` of `europe-west3-c`."""
        return self.zone.rpartition("-")[0]
