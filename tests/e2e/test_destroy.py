"""Taking a whole stack away."""

from __future__ import annotations

from config import names
from tests.e2e.project import STACK, Project, docker


def test_a_stack_in_whose_network_somebody_else_runs_is_not_half_destroyed(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    network, guest = names.stack_prefix(web.name, STACK), f"{web.name}-db"
    docker("run", "--detach", "--rm", "--name", guest, "--network", network, "demo:1")
    try:
        refused = web.run("destroy", "--yes")
        assert refused.code == 5
        assert f"network: {guest} is in {network} and not the stack's, so it cannot go" in refused.text
        assert web.served_by() == (200, web.status()["release"])

        assert f"next: docker network disconnect {network} {guest}" in refused.text
        docker("network", "disconnect", network, guest)
        web.ok("destroy", "--yes")
        assert docker("network", "ls", "--quiet", "--filter", f"name={network}") == ""
        assert guest in docker("ps", "--format", "{{.Names}}").split()
    finally:
        docker("rm", "--force", guest)
