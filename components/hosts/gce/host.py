"""A Compute Engine instance that the stack makes, as a `Host`: the ground first, then what any machine by SSH is."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pulumi_command as command

from components.host import Host
from components.hosts.gce import disks, instance, learnt, startup
from components.hosts.gce.ground import Ground
from components.hosts.gce.identity import Identity, admit
from components.hosts.gce.learnt import Known
from components.hosts.gce.network import GroundNetwork
from components.hosts.gce.resource import Resource
from components.hosts.machine import Login, refuse_another_docker, refuse_another_engine
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
        logins: Sequence[Login] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self.instance: Resource | None = None
        # Before the component itself, whose children take over what it knows when it is made.
        pulumi.runtime.register_stack_transformation(self._goes_with_the_instance)
        super().__init__(name, opts)
        self.section = section
        refuse_another_docker("`gce`", NEVER)
        refuse_another_engine(self.project, self.stack)
        self.ground = Ground(name, section, profile=profile, stack=(self.project, self.stack), parent=self)
        identity = Identity(self.ground)
        self.ground.service_account_email = identity.email
        network = GroundNetwork(self.ground, account=identity.email, gateway_ports=ports)
        data = disks.data_disk(self.ground)
        made = self.instance = instance.instance(self.ground, identity, network, data)
        disks.snapshots(self.ground, boot=instance.boot_disk_name(made), data=data.told("name"))
        self._address = network.address
        doors = [made, network.ssh, *admit(self.ground, identity, made)]
        answers = self._await("answers", lambda host: self._waits("answer", ssh.knock(host)), Known(NOBODYS_KEY), doors)
        known = self._known_key(answers)
        wanted = f"sh -s -- {shlex.quote(startup.done(section))}"
        grounded = self._await(
            "grounded", lambda host: self._waits("ground", ssh.alone(host, wanted)), known, [answers]
        )
        self.host_key = known.apply(lambda one: one.key)
        self._reach(name, self._machine(self.host_key), ports=ports, logins=logins, after=[grounded])
        self.register_outputs({"address": self._address, "hostKey": self.host_key})

    @property
    def address(self) -> pulumi.Output[str]:
        """Where clients reach the machine."""
        return self._address

    def _known_key(self, answers: command.local.Command) -> pulumi.Output[Known]:
        """The pinned one; before there is one, what the guest agent has written down."""
        if self.section.host_key is not None:
            return pulumi.Output.from_input(Known(self.section.host_key))
        return learnt.host_key(self.ground, answers.stdout, self._address)

    def _machine(self, host_key: pulumi.Input[str]) -> pulumi.Output[Reached]:
        return pulumi.Output.all(self._address, host_key).apply(lambda known: self._reached(known[0], known[1]))

    def _reached(self, address: str, host_key: str) -> Reached:
        return machine(self.section, self.project, self.stack, address, host_key)

    def _await(
        self,
        name: str,
        words: Callable[[Reached], str],
        known: pulumi.Input[Known],
        after: Sequence[pulumi.Resource],
    ) -> command.local.Command:
        """Stands before whatever needs the machine; it runs again only when what it waits for is another thing."""

        def text(said: Sequence[Any]) -> str:
            address, found = said
            return _refuses(found.why_not) if found.why_not else words(self._reached(address, found.key))

        return command.local.Command(
            f"{self.ground.name}-{name}",
            create=pulumi.Output.all(self._address, known).apply(text),
            stdin=startup.await_script(),
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _waits(self, what: str, words: Sequence[str]) -> str:
        # For another type the machine is stopped: then it is waited for anew, before anything else is done there.
        return shlex.join(["sh", "-s", "--", str(PATIENCE), what, self.section.machine, *words])

    def _goes_with_the_instance(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        """A machine that is gone is not asked to delete anything, and a new one gets everything anew."""
        if self.instance is None or not args.type_.startswith(("docker:", "command:")):
            return None
        own = pulumi.ResourceOptions(deleted_with=self.instance, replace_with=[self.instance])
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, own))


def ground_of(host: Host) -> Ground | None:
    """The place in Google Cloud of a stack's own machine; None for a machine elsewhere."""
    return host.ground if isinstance(host, Gce) else None


def _refuses(why: str) -> str:
    return f"printf '%s\\n' {shlex.quote(why)} >&2; exit 1"
