"""What is read off a machine's apt."""

from __future__ import annotations

from pathlib import Path

import pytest

from images.base import apt


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("deb http://mirror.example/debian bookworm main\n", "http://mirror.example/debian"),
        (
            "deb [arch=amd64 signed-by=/k.gpg] https://mirror.example/debian/ sid main\n",
            "https://mirror.example/debian",
        ),
        ("Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\n", "http://mirror.example/debian"),
        ("# deb http://mirror.example/debian bookworm main\n", None),
        ("deb http://mirror.example/debian-security bookworm-security main\n", None),
        ("deb cdrom:[Debian]/ bookworm main\n", None),
        ("deb http://mirror.example/ubuntu noble main\n", None),
        ("deb\n", None),
        ("", None),
    ],
)
def test_the_debian_mirror_is_found_in_either_format(text: str, expected: str | None) -> None:
    assert apt.mirror([text]) == expected


def test_the_first_debian_archive_among_others_is_taken() -> None:
    texts = ["deb https://packages.example/apt stable main\n", "deb http://a.example/debian sid main\n"]
    assert apt.mirror(texts) == "http://a.example/debian"


def test_source_lists_are_read_as_apt_does(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("main")
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    for name in ("b.sources", "a.list", "old.list.save"):
        (folder / name).write_text(name)
    assert apt.source_texts(tmp_path) == ["main", "a.list", "b.sources"]


def test_only_settings_that_lead_to_a_mirror_are_passed_on() -> None:
    dump = (
        'APT::Architecture "amd64";\n'
        'Acquire::http::Proxy "http://proxy:3128";\n'
        'Acquire::https::CaInfo "/etc/ssl/own.pem";\n'
        'Acquire::https::Proxy "";\n'
        'Acquire::Languages:: "none";\n'
        'Acquire::Check-Date "false";\n'
    )
    assert apt.options(dump) == [
        'Acquire::http::Proxy "http://proxy:3128";',
        'Acquire::https::CaInfo "/etc/ssl/own.pem";',
        'Acquire::Check-Date "false";',
    ]
