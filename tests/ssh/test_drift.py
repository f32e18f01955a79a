"""`tandem drift` on a machine behind SSH: what somebody did there by hand."""

from __future__ import annotations

from tandem.exits import DRIFTED, OK
from tests.e2e.test_drift import changes, drift
from tests.ssh.project import SshProject


def test_what_was_removed_or_edited_on_the_machine_is_named_and_put_back(web: SshProject) -> None:
    web.ok("deploy", "web", "demo:1")
    live = web.served_by()
    (release,) = web.containers()
    assert drift(web)["exit"] == OK

    web.machine.sh(f"echo '# by hand' >>/var/lib/tandem/{web.name}-e2e/gateway/current/apps/web.conf")
    web.docker("rm", "--force", web.containers()[release])
    found = drift(web)
    assert (found["exit"], changes(found)) == (DRIFTED, {f"web-{release}": "create"})
    assert set(found["notes"]) == {
        f"web: {release} serves, and its container is gone",
        "gateway: edited by hand on the host: apps/web.conf",
    }

    web.ok("up", "--refresh")
    assert web.served_by() == live
    assert drift(web)["exit"] == OK
