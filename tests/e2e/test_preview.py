"""`tandem preview --markdown` on real stacks: what a pull request would show, and that it changes nothing."""

from __future__ import annotations

import json

from tandem.exits import OK, USAGE
from tests.e2e.project import Project

NOTHING = "nothing changes"


def test_a_pull_request_sees_what_a_deploy_would_do_and_nothing_after_it(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    (served,) = web.containers()
    quiet = web.ok("preview", "--markdown").out
    file = web.file.read_text()
    web.ok("deploy", "web", "demo:2")
    wanted = web.file.read_text()
    web.ok("rollback", "web")
    web.ok("cancel", "web")
    web.file.write_text(wanted)

    comment = web.directory / "comment.md"
    shown = web.ok("preview", "--markdown", "--output", str(comment)).out

    assert quiet.splitlines()[0] == f"<!-- tandem preview: {web.name}/e2e -->"
    assert NOTHING in quiet
    assert "- `web`: green takes over from blue: `sha256:" in shown
    assert "; blue stays as the way back" in shown
    assert "| create | container | `web-green-" in shown
    assert comment.read_text() == shown
    assert [*web.containers()] == [served]
    web.file.write_text(file)
    assert NOTHING in web.ok("preview", "--markdown").out


def test_programs_get_one_document(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    (line,) = web.ok("preview", "--json").out.splitlines()
    said = json.loads(line)

    assert (said["version"], said["outcome"], said["exit"], said["engine"]) == (1, "unchanged", OK, web.engine)
    assert said["changes"] == []
    assert said["summary"]["same"] > 0


def test_a_stack_file_with_mistakes_gives_a_comment_with_all_of_them(web: Project) -> None:
    web.file.write_text(web.file.read_text().replace("tandem:profile: local", "tandem:profile: mars"))
    invalid = web.run("preview", "--markdown")

    assert invalid.code == USAGE
    assert "Pulumi.e2e.yaml: profile: " in invalid.out
