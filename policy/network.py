"""Rules about the network and who may knock where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from config.risks import is_everybody
from policy.planned import Planned, is_unknown, of
from policy.rule import Context, rule

FIREWALL = "compute/firewall:Firewall"
SSH, HTTP = 22, 80
Broken = Iterator[tuple[str, str]]


@rule("default-network", "The stack has a network of its own, with subnets it named", "CIS 3.1", "CKV_GCP_27")
def own_network(resources: Sequence[Planned], _context: Context) -> Broken:
    """The default one lets the world knock at 22 and 3389."""
    for network in of(resources, "compute/network:Network"):
        if network.at("autoCreateSubnetworks") is not False:
            yield network.name, "makes subnets in every region by itself"
    for machine in of(resources, "compute/instance:Instance"):
        for door in machine.many("networkInterfaces"):
            if not door.get("subnetwork") and door.get("network") in (None, "default"):
                yield machine.name, "is in the project's default network"


@rule("google-access", "Subnets reach Google's services without a public address", "CKV_GCP_74")
def google_access(resources: Sequence[Planned], _context: Context) -> Broken:
    """So that buckets are reached inside of Google."""
    for subnet in of(resources, "compute/subnetwork:Subnetwork"):
        if subnet.at("privateIpGoogleAccess") is not True:
            yield subnet.name, "reaches Google's services only from public addresses"


@rule(
    "ssh-open", "SSH is open to Google's Identity-Aware Proxy or to listed ranges", "CIS 3.6", "CKV_GCP_2", since="prod"
)
def ssh_open(resources: Sequence[Planned], context: Context) -> Broken:
    """Port 22, or whatever a rule for the way in opens that clients do not need."""
    for firewall, port in _open(resources):
        if port == SSH or (port not in context.ports and firewall.name.endswith("-ssh")):
            yield firewall.name, f"opens port {port} to everybody"


@rule("http-open", "Port 80 is not open to everybody", "CKV_GCP_106", since="staging")
def http_open(resources: Sequence[Planned], _context: Context) -> Broken:
    """A stack without TLS in front, or with a redirect, accepts it."""
    for firewall, port in _open(resources):
        if port == HTTP:
            yield firewall.name, "opens port 80 to everybody"


@rule(
    "port-open", "Nothing but clients' and deployers' ports is open to everybody", "CIS 3.7", "CKV_GCP_3", "CKV_GCP_88"
)
def port_open(resources: Sequence[Planned], context: Context) -> Broken:
    """Databases, remote desktops, or all ports at once."""
    for firewall, port in _open(resources):
        if port not in context.ports | {SSH} and not firewall.name.endswith("-ssh"):
            yield firewall.name, f"opens {'every port' if port is None else f'port {port}'} to everybody"


@rule("metrics-open", "An app's numbers are for listed networks", since="prod")
def metrics_open(_resources: Sequence[Planned], context: Context) -> Broken:
    """They tell how much is sold, and where it hurts; the stack file says who may ask, the gateway asks it."""
    for app in context.open_metrics:
        yield app, "shows its numbers to everybody"


@rule("firewall-target", "A firewall rule is for machines of a service account, not of a tag")
def firewall_target(resources: Sequence[Planned], _context: Context) -> Broken:
    """Who may edit an instance may give it any tag."""
    for firewall in of(resources, FIREWALL):
        if firewall.at("targetTags") or not firewall.at("targetServiceAccounts"):
            yield firewall.name, "is not bound to a service account"


def _open(resources: Sequence[Planned]) -> Iterator[tuple[Planned, int | None]]:
    """Ports that everybody may knock at, and None for all of them."""
    for firewall in of(resources, FIREWALL):
        ranges = firewall.many("sourceRanges")
        inwards = firewall.at("direction") in (None, "INGRESS") and not firewall.at("denies")
        if inwards and (not ranges or any(not is_unknown(one) and _is_wide(str(one)) for one in ranges)):
            for allowed in firewall.many("allows"):
                yield from ((firewall, port) for port in _ports(allowed.get("ports") or ()))


def _is_wide(range_: str) -> bool:
    return range_ == "::/0" or is_everybody(range_)


def _ports(said: Sequence[str]) -> Iterator[int | None]:
    if not said:
        yield None
    for port in said:
        low, _, high = str(port).partition("-")
        ports = range(int(low), int(high or low) + 1)
        # A wide span is told as one; what it holds of the known ports is told for itself.
        yield from ports if len(ports) <= 16 else (None, *(one for one in (SSH, HTTP) if one in ports))
