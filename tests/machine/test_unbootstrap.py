"""What a bootstrap made goes with the stack: this stack's first, everybody's with the last one."""

from __future__ import annotations

from tests.machine.boot import Machine
from tests.machine.hosting import NAME, Ran, bootstrap_it, script
from tests.machine.test_bootstrap import FILES


def test_the_last_stack_takes_everything_with_it_but_docker_and_the_user(machine: Machine) -> None:
    machine.sh(
        "rm /home/deploy/.ssh/authorized_keys; printf %s 'command=\"/bin/true\" ssh-rsa AAAAsomebody' "
        ">/home/deploy/.ssh/authorized_keys; chown deploy /home/deploy/.ssh/authorized_keys"
    )
    # What stays for ever is not of this test.
    assert bootstrap_it(machine, project="first", stack="one").code == 0
    assert gone(machine, "first-one").code == 0
    before = paths(machine)
    assert bootstrap_it(machine, hardening=True, gateway_ports=(8080,)).code == 0
    assert bootstrap_it(machine, stack="test").code == 0

    first = gone(machine, NAME)

    assert first.code == 0, first.said
    assert machine.sh("systemctl is-active tandem@shop-test") == "active"
    assert machine.run(f"systemctl is-enabled tandem@{NAME}").stdout.strip() == "disabled"
    assert "MaxSessions" in machine.sh("cat /etc/ssh/sshd_config.d/05-tandem.conf")

    last = gone(machine, "shop-test")

    assert last.code == 0, last.said
    assert paths(machine) == before
    assert "tandem" not in machine.sh("nft list tables; systemctl list-units --all --no-legend 'tandem*'")
    assert machine.sh("cat /home/deploy/.ssh/authorized_keys") == 'command="/bin/true" ssh-rsa AAAAsomebody'
    assert machine.sh("docker info --format '{{.LiveRestoreEnabled}}'") == "true"


def test_what_was_never_bootstrapped_is_no_error(shared_machine: Machine) -> None:
    assert bootstrap_it(shared_machine).code == 0
    nobody = gone(shared_machine, "shop-nobody")
    assert (nobody.code, nobody.changed) == (0, [])


def gone(machine: Machine, name: str) -> Ran:
    return script(machine, {}, f"sh /usr/local/lib/tandem/unbootstrap {name}", "root")


def paths(machine: Machine) -> list[str]:
    """Every file that a bootstrap might have made, by its path."""
    return [line.split()[0] for line in machine.sh(FILES).splitlines() if "/dpkg/" not in line]
