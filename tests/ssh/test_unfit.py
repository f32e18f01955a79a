"""A machine that is not fit is named with its fix by the first `up`, which looks at it before it changes it."""

from __future__ import annotations

import pytest

from tests.ssh.project import SshProject
from tests.ssh.wrongs import FILES, Wrong, spoilt, told

UNFIT = {
    "no sudo": Wrong(
        ("sudo without a password", "tandem bootstrap --as root"),
        "mkdir -p /root/kept; mv /etc/sudoers.d/*deploy /root/kept",
        "mv /root/kept/* /etc/sudoers.d",
    ),
    "operating system": Wrong(
        ("debian 11", "Debian 12, Debian 13 or Ubuntu 24.04"),
        "cp -a /usr/lib/os-release /root/os; sed -i 's/^VERSION_ID=.*/VERSION_ID=\"11\"/' /usr/lib/os-release",
        "mv /root/os /usr/lib/os-release",
    ),
    "Docker too old": Wrong(
        ("19.03.15 is too old", "20.10"),
        """cat >/usr/local/bin/docker <<'SH'; chmod +x /usr/local/bin/docker
#!/bin/sh
case $1 in
--version) echo Docker version 19.03.15, build 1 ;;
version) echo 19.03.15 ;;
*) exec /usr/bin/docker "$@" ;;
esac
SH""",
        "rm /usr/local/bin/docker",
    ),
    "clock a minute off": Wrong(
        ("clock", "s fast against yours", "date -s"),
        """cat >/usr/local/bin/date <<'SH'; chmod +x /usr/local/bin/date
#!/bin/sh
[ "$*" = +%s ] || exec /bin/date "$@"
echo $(($(/bin/date +%s) + 63))
SH""",
        "rm /usr/local/bin/date",
    ),
}


@pytest.mark.parametrize("what", UNFIT)
def test_a_machine_that_is_not_fit_is_refused_by_the_first_up(web: SshProject, what: str) -> None:
    wrong, machine = UNFIT[what], web.machine
    file = web.file.read_text()
    with spoilt(web, wrong):
        there = machine.sh(FILES)
        ran = told(f"{what}, {web.engine}", web, "up", "--yes")
        assert machine.sh(FILES) == there

    assert ran.code in (1, 5), ran.text
    assert [words for words in wrong.said if words not in ran.text] == [], ran.text
    assert "Traceback" not in ran.text
    assert web.file.read_text() == file
    assert machine.sh("docker ps -aq") == ""
    # The same command goes on once the machine is as it must be.
    web.ok("deploy", "web", "demo:1")
    assert web.served_by()[0] == 200
