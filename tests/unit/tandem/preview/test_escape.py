"""What users call things is shown, and does nothing."""

from __future__ import annotations

import pytest

from tandem.preview.escape import LONGEST_NAME, code, fenced, prose, word


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("web-green-1a2b3c4d", "`web-green-1a2b3c4d`"),
        ("ghcr.io/acme/web@sha256:1f", "`ghcr.io/acme/web@sha256:1f`"),
        ("a`b` @team", "`a\u02cbb\u02cb @team`"),
        ("a|b", "`a¦b`"),
        ("two\nlines\r\n| and", "`two lines ¦ and`"),
        ("right\u202eleft", "`right left`"),
        ("", "`-`"),
    ],
)
def test_a_name_stays_in_its_code_span_and_its_cell(name: str, shown: str) -> None:
    assert code(name) == shown


def test_a_very_long_name_is_cut() -> None:
    assert len(code("x" * 5000)) == LONGEST_NAME + 2
    assert code("x" * 5000).endswith("…`")


@pytest.mark.parametrize(
    "text", ["@team", "see #12", "https://example.com", "WWW.example.com", "GH-7", "acme/web#3", "ask @a and @b"]
)
def test_a_sentence_mentions_and_links_nothing(text: str) -> None:
    shown = prose(text)

    assert "\u200b" in shown
    assert shown.replace("\u200b", "").replace("\\", "") == text


def test_a_sentence_has_no_markup() -> None:
    assert prose("[x](y) <script> *a* `b` & c|d") == r"\[x\](y) &lt;script&gt; \*a\* \`b\` &amp; c\|d"


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert fenced("a\n````\nb\x1b[31m") == ("`````", ["a", "````", "b [31m"])


def test_the_mark_cannot_be_closed_from_inside() -> None:
    assert word("a --> <b>") == "a__-___b_"
