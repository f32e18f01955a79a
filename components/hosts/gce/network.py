"""The stack's own network: nothing of the project's default one, which is open to the world. One door for clients, one
for who deploys; both lead to instances that run as the stack's own account, which nobody becomes by a tag.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.hosts.gce.ground import Ground
from components.hosts.gce.resource import Resource
from config.gce import IAP_RANGE

ADDRESSES = "10.200.0.0/24"
"""Of the machines; Docker's networks on them are 10.201.0.0/16 (components/hosts/bootstrap)."""

WEB = (80, 443)
"""Open besides the gateway's own port: where clients knock, with and without TLS."""


class GroundNetwork:
    """Network, subnet, firewall and the one address."""

    def __init__(self, ground: Ground, *, account: pulumi.Input[str], gateway_ports: Sequence[int]) -> None:
        self.ground = ground
        self.account = account
        self.network = Resource(
            "compute/network:Network",
            f"{ground.name}-vpc",
            {
                "name": ground.named(),
                "project": ground.project,
                "autoCreateSubnetworks": False,
                "routingMode": "REGIONAL",
            },
            ground.opts(),
        )
        self.subnet = Resource(
            "compute/subnetwork:Subnetwork",
            f"{ground.name}-subnet",
            {
                "name": ground.named(),
                "project": ground.project,
                "region": ground.region,
                "network": self.network.id,
                "ipCidrRange": ADDRESSES,
                "privateIpGoogleAccess": True,
            },
            ground.opts(),
        )
        reserved = Resource(
            "compute/address:Address",
            f"{ground.name}-address",
            {
                "name": ground.named(),
                "project": ground.project,
                "region": ground.region,
                "addressType": "EXTERNAL",
                "networkTier": "PREMIUM",
                "labels": ground.labels,
            },
            # Domain names lead to it: another one would be an outage.
            ground.opts(protected=True),
            tells=["address"],
        )
        self.address: pulumi.Output[str] = reserved.told("address")
        self._open("web", sorted({*WEB, *gateway_ports}), ["0.0.0.0/0"])
        door = ground.section.ssh
        self.ssh = self._open("ssh", [door.port], [IAP_RANGE] if door.sources == "iap" else list(door.sources))

    def _open(self, what: str, ports: Sequence[int], ranges: Sequence[str]) -> Resource:
        return Resource(
            "compute/firewall:Firewall",
            f"{self.ground.name}-firewall-{what}",
            {
                "name": self.ground.named(what),
                "project": self.ground.project,
                "network": self.network.id,
                "direction": "INGRESS",
                "priority": 1000,
                "allows": [{"protocol": "tcp", "ports": [str(port) for port in ports]}],
                "sourceRanges": list(ranges),
                "targetServiceAccounts": [self.account],
            },
            self.ground.opts(),
        )
