"""A Compute Engine instance that the stack makes, as a `Host`: the ground first, then what any machine by SSH is."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

import pulumi
import pulumi_command as command
from pulumi_gcp import compute

from components.hosts.gce import disks, instance, learnt, startup
from components.hosts.gce.ground import Ground
from components.hosts.gce.identity import Identity, admit
from components.hosts.gce.network import GroundNetwork
from components.hosts.machine import refuse_another_docker, refuse_another_engine
from components.hosts.ssh import NEVER, BehindSsh
from config import ssh
from config.gce import GceHost
from config.profiles import Profile
from config.reach import NOBODYS_KEY
from config.reached import Reached, machine

PATIENCE = 420
"""Seconds that a new instance may take to boot, and a new role to be known everywhere."""


class Gce(BehindSsh):
    """A `Host` that the stack makes before it uses it. `ports`: where the stack listens."""

    def __init__(
        self,
        name: str,
        section: GceHost,
        *,
        ports: Sequence[int],
        profile: Profile,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, opts)
        self.section = section
        refuse_another_docker("`gce`", NEVER)
        refuse_another_engine(self.project, self.stack)
        self.ground = Ground(name, section, profile=profile, stack=(self.project, self.stack), parent=self)
        identity = Identity(self.ground)
        self.ground.service_account_email = identity.account.email
        network = GroundNetwork(self.ground, account=identity.account.email, gateway_ports=ports)
        data = disks.data_disk(self.ground)
        self.instance = instance.instance(self.ground, identity, network, data)
        disks.snapshots(self.ground, boot=instance.boot_disk_name(self.instance), data=data.name)
        self._address = network.address.address
        goes_with(self.instance)
        doors = [self.instance, network.ssh, *admit(self.ground, identity, self.instance)]
        answers = self._await("answers", "answer", pulumi.Output.from_input(NOBODYS_KEY), ssh.knock, doors)
        self.host_key = self._known_key(answers)
        done = f"sh -s -- {shlex.quote(startup.done(section))}"
        grounded = self._await("grounded", "ground", self.host_key, lambda there: ssh.alone(there, done), [answers])
        self._reach(name, self._machine(self.host_key), ports=ports, after=[grounded])
        self.register_outputs({"address": self._address, "hostKey": self.host_key})

    @property
    def address(self) -> pulumi.Output[str]:
        """Where clients reach the machine."""
        return self._address

    def _known_key(self, answers: command.local.Command) -> pulumi.Output[str]:
        """The pinned one; before there is one, what the guest agent has written down."""
        if self.section.host_key is not None:
            return pulumi.Output.from_input(self.section.host_key)
        return learnt.host_key(self.ground, answers.stdout, self._address)

    def _machine(self, host_key: pulumi.Output[str]) -> pulumi.Output[Reached]:
        return pulumi.Output.all(self._address, host_key).apply(
            lambda known: machine(self.section, self.project, self.stack, known[0], known[1])
        )

    def _await(
        self,
        name: str,
        what: str,
        host_key: pulumi.Output[str],
        words: Callable[[Reached], list[str]],
        after: Sequence[pulumi.Resource],
    ) -> command.local.Command:
        """Stands before whatever needs the machine; it runs again only when what it waits for is another thing."""
        there = self._machine(host_key)
        return command.local.Command(
            f"{self.ground.name}-{name}",
            create=there.apply(lambda known: shlex.join(["sh", "-s", "--", str(PATIENCE), what, *words(known)])),
            stdin=startup.await_script(),
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )


def goes_with(machine: compute.Instance) -> None:
    """What is on the machine goes with it: nobody asks a machine that is gone, and a new one gets everything anew."""

    def bound(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith(("docker:", "command:")):
            return None
        own = pulumi.ResourceOptions(deleted_with=machine, replace_with=[machine])
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, own))

    pulumi.runtime.register_stack_transformation(bound)
