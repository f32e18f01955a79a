"""The keys by which a proof sees the very percentage of a canary: one per hundredth of nginx's split_clients."""

from __future__ import annotations

import re

from components.gateway import render

ALL = 0xFFFFFFFF
MULTIPLIER = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """nginx's ngx_murmur_hash2."""
    value = len(data)
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * MULTIPLIER & ALL
        value = (value * MULTIPLIER & ALL) ^ ((word ^ word >> 24) * MULTIPLIER & ALL)
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * MULTIPLIER & ALL
    value = (value ^ value >> 13) * MULTIPLIER & ALL
    return value ^ value >> 15


def test_the_nth_visitor_is_in_the_nth_hundredth_and_far_from_its_edges() -> None:
    script = (render.FILES / "lib" / "nginx.sh").read_text()
    found = re.search(r'^VISITORS="([^"]*)"', script, re.MULTILINE)
    assert found
    places = [murmur2(key.encode()) / ALL * 100 for key in found[1].replace("\\\n", " ").split()]

    assert [int(place) for place in places] == list(range(100))
    assert all(0.1 < place % 1 < 0.9 for place in places)
