"""The resource types the engine knows, by type token. A new one is a file in `resources` and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from tandem.engines.offline.resources.command import LocalCommand, RemoteCommand
from tandem.engines.offline.resources.container import Container
from tandem.engines.offline.resources.image import Image
from tandem.engines.offline.resources.kind import Kind
from tandem.engines.offline.resources.network import Network
from tandem.engines.offline.resources.provider import CommandProvider, DockerProvider
from tandem.engines.offline.resources.volume import Volume

_ALL: tuple[Kind, ...] = (
    Network(),
    Volume(),
    Container(),
    Image(),
    LocalCommand(),
    RemoteCommand(),
    DockerProvider(),
    CommandProvider(),
)
KINDS: Mapping[str, Kind] = {kind.schema.type: kind for kind in _ALL}
