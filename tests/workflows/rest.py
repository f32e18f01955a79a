"""As much of GitHub's REST API as the workflows ask, on this machine: comments, issues, releases, in pages."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "gh-token"
BOT = "github-actions[bot]"


@dataclass
class GitHub:
    """What a repository has: comments by pull request, issues, releases by tag. `asked`: every request."""

    url: str = ""
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    releases: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def said(self, number: str, body: str, by: str) -> None:
        """Somebody comments."""
        self.comments.setdefault(number, []).append({"id": next(self.ids), "body": body, "user": {"login": by}})

    def answer(self, method: str, path: str, query: dict[str, list[str]], said: Any) -> tuple[int, Any]:
        """Status and body."""
        words = path.removeprefix("/repos/acme/shop/").split("/")
        kind = {"comments": self._comments, "releases": self._releases}
        answers = next((kind[word] for word in words if word in kind), self._issues)
        return answers(method, words, query, said)

    def _comments(self, method: str, words: list[str], query: dict[str, list[str]], said: Any) -> tuple[int, Any]:
        if method == "PATCH":
            found = next(one for many in self.comments.values() for one in many if str(one["id"]) == words[-1])
            found["body"] = said["body"]
            return 200, {"html_url": f"comment {words[-1]}"}
        if method == "POST":
            self.said(words[1], said["body"], BOT)
            return 201, {"html_url": f"comment of {words[1]}"}
        return 200, _page(self.comments.get(words[1], []), query)

    def _issues(self, method: str, words: list[str], query: dict[str, list[str]], said: Any) -> tuple[int, Any]:
        if method == "PATCH":
            issue = next(one for one in self.issues if str(one["number"]) == words[-1])
            issue.update(said)
            return 200, issue
        if method == "POST":
            number = next(self.ids)
            mine = {"number": number, "state": "open", "user": {"login": BOT}, "html_url": f"issue {number}"}
            self.issues.append({**said, **mine})
            return 201, self.issues[-1]
        return 200, _page([one for one in self.issues if one["state"] == query["state"][0]], query)

    def _releases(self, method: str, words: list[str], _query: dict[str, list[str]], said: Any) -> tuple[int, Any]:
        if method == "POST":
            self.releases[said["tag_name"]] = said
            return 201, said
        tag = words[-1]
        return (200, self.releases[tag]) if tag in self.releases else (404, {"message": "Not Found"})


def _page(found: list[Any], query: dict[str, list[str]]) -> list[Any]:
    size, number = int(query["per_page"][0]), int(query["page"][0])
    return found[size * (number - 1) : size * number]


@contextmanager
def github() -> Iterator[GitHub]:
    """Answers while the block runs; another token than the job's is refused."""
    known = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            said = json.loads(self.rfile.read(length)) if length else None
            parts = urlsplit(self.path)
            known.asked.append(f"{self.command} {parts.path}")
            status, told = 401, {"message": "Bad credentials"}
            if self.headers.get("Authorization") == f"Bearer {TOKEN}":
                status, told = known.answer(self.command, parts.path, parse_qs(parts.query), said)
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _do  # noqa: N815

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
