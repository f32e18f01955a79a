"""One request on its way to an answer, and who answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.google.documents import Json
from tests.google.fake.errors import GoogleError, not_found
from tests.google.fake.routes import Found, Method
from tests.google.fake.world import Key, World


@dataclass(frozen=True)
class Call:
    """What was asked, of which world. `fault`: an operation that this call starts ends with it."""

    world: World
    found: Found
    query: Mapping[str, str]
    body: Json
    base: str
    fault: GoogleError | None = None

    @property
    def method(self) -> Method:
        """The method that is called."""
        return self.found.method

    @property
    def path(self) -> str:
        """The path asked for, without version."""
        return self.found.path

    @property
    def key(self) -> Key:
        """The resource that is meant; for create and list the collection."""
        return self.method.api, by_id(self.world, self.found.resource)

    @property
    def target(self) -> Json:
        """The resource's body. Raises GoogleError 404."""
        return self.world.get(self.key)

    @property
    def project(self) -> str:
        """The project that the path names; empty where it names none."""
        parts = self.key[1].split("/")
        return parts[1] if parts[0] == "projects" and len(parts) > 1 else ""

    def at(self, path: str) -> Key:
        """Another path of the same API."""
        return self.method.api, path


def by_id(world: World, path: str) -> str:
    """A path with the project's id, where it says the number."""
    parts = path.split("/")
    if parts[0] == "projects" and len(parts) > 1:
        parts[1] = next((name for name, number in world.projects.items() if number == parts[1]), parts[1])
    return "/".join(parts)


Answer = Callable[[Call], Json]

_BY_ID: dict[str, Answer] = {}
_BY_WORD: dict[tuple[str, str], Answer] = {}


def serves(*ids: str) -> Callable[[Answer], Answer]:
    """Answers methods by full id, or by `api.*.word` where no full id is served."""

    def register(answer: Answer) -> Answer:
        for said in ids:
            api, _, word = said.partition(".*.")
            if word:
                _BY_WORD[api, word] = answer
            else:
                _BY_ID[said] = answer
        return answer

    return register


def answerer(method: Method) -> Answer | None:
    """Who answers a method: by id, by API and word, by word in any API; None where nobody does."""
    by_word = _BY_WORD.get((method.api, method.word)) or _BY_WORD.get(("any", method.word))
    return _BY_ID.get(method.id) or by_word


def check_project(call: Call) -> None:
    """Raises GoogleError where the path names a project that Google does not know."""
    known = {*call.world.projects, "-", "_"}
    if call.project and call.project not in known and not _is_google_s(call):
        raise not_found(f"projects/{call.project}")


def _is_google_s(call: Call) -> bool:
    return "/images/" in call.path or call.project.isdigit()
