"""The demo app's WebSocket, seen by a client that knows the protocol well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from images.demo.websocket import accept_key, frame, take_frame
from tests.unit.images.demo import Demo, running


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running(TANDEM_RELEASE="blue-5fe29bd5") as app:
        yield app


def dial(demo: Demo, query: str = "?i=0") -> ClientConnection:
    return connect(f"ws://127.0.0.1:{demo.port}/ws{query}", compression=None)


def test_the_key_of_the_standard_gives_the_answer_of_the_standard() -> None:
    assert accept_key(b"dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_frames_of_every_length_form_are_echoed(demo: Demo, size: int) -> None:
    with dial(demo) as client:
        client.send("x" * size)
        assert client.recv() == "x" * size


def test_binary_stays_binary_and_fragments_are_joined(demo: Demo) -> None:
    with dial(demo) as client:
        client.send([b"ab", b"cd"])
        assert client.recv() == b"abcd"


def test_a_ping_is_answered(demo: Demo) -> None:
    with dial(demo) as client:
        assert client.ping("are you there?").wait(5)


def test_it_ticks_with_the_name_of_the_release(demo: Demo) -> None:
    with dial(demo, "?i=0.01") as client:
        assert [client.recv() for _ in range(3)] == [f"tick {n} blue-5fe29bd5" for n in range(3)]


def test_a_message_over_one_mebibyte_closes_with_its_code(demo: Demo) -> None:
    with dial(demo) as client:
        client.send("x" * (1024 * 1024 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_on_the_way_out_the_client_is_told() -> None:
    with running() as demo, dial(demo) as client:
        demo.stop()
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
        assert demo.exit_code() == 0


def test_an_incomplete_frame_is_left_in_the_buffer() -> None:
    masked = bytearray(frame(1, b"hello"))
    masked[1] |= 0x80
    masked[2:2] = b"\0\0\0\0"
    for end in range(len(masked)):
        part = masked[:end]
        assert take_frame(part) is None
        assert part == masked[:end]
    assert take_frame(masked) == (1, True, b"hello")
