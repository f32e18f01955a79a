"""Rules about the instance: who it is, how one logs in, and what it shows of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy.planned import Planned, is_unknown, of
from policy.rule import Context, rule

INSTANCE = "compute/instance:Instance"
DEFAULT_ACCOUNT = "-compute@developer.gserviceaccount.com"
Broken = Iterator[tuple[str, str]]


@rule(
    "own-account", "The instance runs as a service account of its own", "CIS 4.1", "CIS 4.2", "CKV_GCP_30", "CKV_GCP_31"
)
def own_account(resources: Sequence[Planned], _context: Context) -> Broken:
    """The default one may do nearly everything in the project."""
    for machine in of(resources, INSTANCE):
        email = machine.at("serviceAccount.email")
        if email is None or str(email).endswith(DEFAULT_ACCOUNT):
            yield machine.name, "runs as the project's default service account"


@rule("project-keys", "SSH keys of the whole project do not open the instance", "CIS 4.3", "CKV_GCP_32")
def project_keys(resources: Sequence[Planned], _context: Context) -> Broken:
    """Whoever may edit the project's metadata would be root."""
    return _wants(resources, "block-project-ssh-keys", "TRUE", "is opened by SSH keys of the whole project")


@rule("os-login-off", "Logins go by OS Login", "CIS 4.4", "CKV_GCP_34", since="prod")
def os_login(resources: Sequence[Planned], _context: Context) -> Broken:
    """Google's IAM says who gets in, and writes it down."""
    return _wants(resources, "enable-oslogin", "TRUE", "is opened by keys in its metadata, not by OS Login")


@rule("serial-port", "The serial port takes no connections", "CIS 4.5", "CKV_GCP_35")
def serial_port(resources: Sequence[Planned], _context: Context) -> Broken:
    """It knows no firewall."""
    return _wants(resources, "serial-port-enable", "FALSE", "lets in by its serial port")


@rule("ip-forward", "The instance forwards nothing for others", "CIS 4.6", "CKV_GCP_36")
def ip_forward(resources: Sequence[Planned], _context: Context) -> Broken:
    """It is no router."""
    for machine in of(resources, INSTANCE):
        if machine.at("canIpForward"):
            yield machine.name, "may send packets in the name of others"


@rule("shielded", "Secure boot, virtual TPM and integrity monitoring are on", "CIS 4.8", "CKV_GCP_39")
def shielded(resources: Sequence[Planned], _context: Context) -> Broken:
    """What boots is what Google or Debian signed."""
    for machine in of(resources, INSTANCE):
        parts = ("enableSecureBoot", "enableVtpm", "enableIntegrityMonitoring")
        off = [part for part in parts if machine.at(f"shieldedInstanceConfig.{part}") is not True]
        if off:
            yield machine.name, f"is no shielded instance: {', '.join(off)}"


@rule("public-ip", "The instance has no public address", "CIS 4.9", "CKV_GCP_40", since="staging")
def public_ip(resources: Sequence[Planned], _context: Context) -> Broken:
    """One machine without a load balancer has one: such a stack accepts it."""
    for machine in of(resources, INSTANCE):
        if any(door.get("accessConfigs") for door in machine.many("networkInterfaces")):
            yield machine.name, "is reached at a public address of its own"


@rule("startup-script", "The startup script stands in `metadata`, where a change is in place")
def startup_script(resources: Sequence[Planned], _context: Context) -> Broken:
    """`metadataStartupScript` replaces the instance at every change."""
    for machine in of(resources, INSTANCE):
        if machine.at("metadataStartupScript") is not None:
            yield machine.name, "would be replaced by a change of metadataStartupScript"


@rule("boot-image", "A newer boot image is for the next instance, never for this one")
def boot_image(resources: Sequence[Planned], _context: Context) -> Broken:
    """Without `ignore_changes` a new image replaces the instance."""
    for machine in of(resources, INSTANCE):
        ignored = machine.options.ignore_changes
        if ignored is not None and "bootDisk.initializeParams.image" not in ignored:
            yield machine.name, "would be replaced by a newer boot image"


@rule("no-hardening", "The machine is hardened: keys only, and a firewall of its own", since="prod")
def hardening(resources: Sequence[Planned], context: Context) -> Broken:
    """The stack file says it; the bootstrap does it."""
    for machine in of(resources, INSTANCE):
        if not context.hardened:
            yield machine.name, "is not hardened"


def _wants(resources: Sequence[Planned], key: str, value: str, else_: str) -> Broken:
    for machine in of(resources, INSTANCE):
        said = machine.at(f"metadata.{key}")
        if not is_unknown(machine.at("metadata")) and str(said).upper() != value:
            yield machine.name, f"{else_} ({key} is {said or 'not said'})"
