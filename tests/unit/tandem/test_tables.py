from __future__ import annotations

from tandem.says.tables import columns, fitted

ROWS = [
    ["APP", "PHASE", "LIVE", "GREEN", "URL"],
    ["web", "switched", "blue-2b15a5bd", "sha256:84ca89eef0b6 running", "http://web.localhost:8080"],
    ["admin", "empty", "-", "-", "http://admin.localhost:8080"],
]


def test_a_table_that_fits_is_aligned() -> None:
    assert fitted(ROWS, 200) == columns(ROWS)


def test_a_pipe_has_room_for_everything() -> None:
    assert fitted(ROWS, None) == columns(ROWS)


def test_where_it_does_not_fit_each_row_has_lines_of_its_own_and_leaves_out_what_says_nothing() -> None:
    assert fitted(ROWS, 60) == [
        "web",
        "  phase switched   live blue-2b15a5bd",
        "  green sha256:84ca89eef0b6 running",
        "  url http://web.localhost:8080",
        "admin",
        "  phase empty   url http://admin.localhost:8080",
    ]


def test_a_cell_longer_than_the_terminal_stands_alone() -> None:
    assert fitted([["A", "B", "C"], ["x", "y" * 30, "z"]], 20) == ["x", "  b " + "y" * 30, "  c z"]
