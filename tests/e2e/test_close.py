"""Taking an app off the air on purpose, and out of the stack."""

from __future__ import annotations

from tests.e2e.project import APP, Project, write_stack_file


def test_a_closed_app_can_leave_the_stack_and_the_other_one_serves_on(web: Project) -> None:
    write_stack_file(web, {name: {**APP, "domains": [f"{name}.localhost"]} for name in ("web", "admin")})
    web.ok("deploy", "web=demo:1", "admin=demo:1")
    admin = web.served_by("admin")
    web.ok("close", "web", "--yes")
    assert web.served_by("web") == (503, "gateway")

    web.file.write_text(without("web", web.file.read_text()))
    web.ok("up")
    assert web.containers("web") == {}
    assert web.served_by("admin") == admin


def without(app: str, text: str) -> str:
    """The stack file without an app and its rollout: the app's key and what is indented below it."""
    kept: list[str] = []
    leaving = False
    for line in text.splitlines():
        if not line.startswith("     "):
            leaving = line.startswith(f"    {app}:")
        if not leaving:
            kept.append(line)
    return "\n".join(kept) + "\n"
