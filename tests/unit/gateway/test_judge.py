"""The watch's rule on made-up traffic: the real awk, no gateway."""

from __future__ import annotations

from tests import rule
from tests.rule import Event, Old, judge, line, steady, tick

END = tick(15_001)


def decision(events: list[Event]) -> str:
    """The last word."""
    return events[-1].word


def test_a_release_without_failures_is_good_at_the_end_of_its_window() -> None:
    events = judge([*steady(300, over=15_000), END])

    assert events[-1] == Event("good", "0 of 300 requests failed (0.0 %), before it 0 of 1000")


def test_nothing_is_decided_before_the_window_ends() -> None:
    assert {event.word for event in judge(steady(300, over=14_900))} == {"seen"}


def test_a_release_that_fails_a_fifth_is_bad_as_soon_as_there_are_thirty_requests() -> None:
    events = judge(steady(300, over=15_000, failed=60))

    assert events[-1] == Event("bad", "6 of 30 requests failed (20.0 %), before it 0 of 1000")


def test_twenty_nine_failures_are_too_few_to_judge() -> None:
    assert decision(judge(steady(29, over=14_000, failed=29))) == "seen"


def test_four_failures_are_too_few_to_judge() -> None:
    assert decision(judge(steady(30, over=14_000, failed=4))) == "seen"
    assert decision(judge(steady(30, over=14_000, failed=5))) == "bad"


def test_a_release_as_bad_as_the_old_one_is_good() -> None:
    assert decision(judge([*steady(300, over=15_000, failed=60), END], Old(failed=200))) == "good"


def test_a_failure_in_a_hundred_is_forgiven_whatever_the_old_one_did() -> None:
    assert decision(judge([*steady(3000, over=15_000, failed=30), END], Old(requests=100_000))) == "good"


def test_an_old_release_with_hardly_any_traffic_is_no_measure_for_a_few_failures() -> None:
    few = Old(requests=3, p95=5)

    assert decision(judge([*steady(300, over=15_000, failed=90), END], few)) == "good"
    assert decision(judge([*steady(300, over=15_000, failed=270), END], few)) == "bad"


def test_the_first_release_of_all_is_judged_by_the_floor() -> None:
    nothing = Old(requests=0, p95=0)

    assert decision(judge(steady(300, over=15_000, failed=60), nothing, old_release="")) == "bad"


def test_the_gateways_own_503_counts_as_a_failure_and_a_client_that_left_does_not() -> None:
    gone = [line(n * 100, status=499, header=None, complete=False) for n in range(1, 100)]
    unanswered = [line(n * 100, status=503, by="gateway", header=None) for n in range(1, 100)]

    assert decision(judge([*gone, END])) == "good"
    assert decision(judge(unanswered)) == "bad"


def test_requests_before_the_flip_and_of_other_releases_and_apps_do_not_count() -> None:
    others = [
        *(line(-n, status=500) for n in range(100)),
        *(line(n, release="old", status=500) for n in range(100)),
        *(line(n, app="admin", status=500) for n in range(100)),
    ]

    assert judge([*others, tick(600)]) == [Event("seen", "0 0 600")]


def test_too_little_traffic_is_unjudged_and_is_judged_once_there_is_enough() -> None:
    quiet = [*steady(10, over=15_000), tick(15_001)]
    later = [line(60_000 + n, status=500 if n % 2 else 200) for n in range(30)]

    (waiting,) = [event for event in judge([*quiet, tick(20_000)]) if event.word != "seen"]
    assert waiting == Event("unjudged", "10 requests, 0 of them failed; 30 are needed to judge")
    assert judge([*quiet, *later[:19]])[-1].word == "seen"
    assert judge([*quiet, *later])[-1] == Event("bad", "10 of 30 requests failed (33.3 %), before it 0 of 1000")


def test_after_the_window_it_takes_a_hundred_requests_or_the_whole_wait_to_call_a_release_good() -> None:
    quiet = [*steady(10, over=15_000), tick(15_001)]
    later = [line(60_000 + n) for n in range(90)]

    assert decision(judge([*quiet, *later[:80]])) == "seen"
    assert decision(judge([*quiet, *later])) == "good"
    assert decision(judge([*quiet, *later[:80], tick(600_001)])) == "good"


def test_after_ten_minutes_without_enough_traffic_the_watch_is_over() -> None:
    events = judge([tick(n * 500) for n in range(1, 1300)])

    assert [event.word for event in events if event.word != "seen"] == ["unjudged", "over"]


def test_progress_is_told_at_most_twice_a_second() -> None:
    seen = [event for event in judge(steady(10_000, over=10_000)) if event.word == "seen"]

    assert 15 <= len(seen) <= 20


def test_with_bad_warn_the_release_stays_and_the_warning_is_kept() -> None:
    events = judge([*steady(300, over=15_000, failed=60), END], errors="warn")

    assert [event.word for event in events if event.word != "seen"] == ["warn", "good"]
    assert events[-1].text.startswith("warned: 6 of 30 requests failed")


def test_a_release_whose_answers_are_slow_after_its_warm_up_is_bad_at_the_end() -> None:
    slow = [line(n * 50, header=600 if n % 5 == 0 else 20) for n in range(1, 300)]
    events = judge([*slow, END])

    assert decision(events) == "bad"
    assert "answers took longer than 290 ms (20.0 %)" in events[-1].text


def test_a_slow_warm_up_is_forgiven() -> None:
    warm = [line(n * 50, header=900 if n * 50 < 5000 else 20) for n in range(1, 300)]

    assert decision(judge([*warm, END])) == "good"


def test_three_times_a_slow_p95_is_still_forgiven() -> None:
    lines = [line(n * 50, header=1100) for n in range(1, 300)]

    assert decision(judge([*lines, END], Old(p95=400))) == "good"
    assert decision(judge([*lines, END], Old(p95=300))) == "bad"


def test_slowness_is_only_noted_with_warn_and_not_even_that_with_off() -> None:
    lines = [*(line(n * 50, header=900) for n in range(1, 300)), END]

    warned = judge(lines, slower="warn")
    assert (warned[-1].word, warned[-1].text.startswith("warned: ")) == ("good", True)
    assert judge(lines, slower="off")[-1] == Event("good", "0 of 299 requests failed (0.0 %), before it 0 of 1000")


def test_the_time_without_a_gateway_does_not_count_as_traffic() -> None:
    down = f"{rule.FLIPPED + 5000}-{rule.FLIPPED + 65_000}"
    before, after = steady(40, over=5000), [line(65_000 + n * 100) for n in range(1, 90)]

    assert decision(judge([*before, *after], down=down)) == "seen"
    assert decision(judge([*before, *after, tick(75_001)], down=down)) == "good"


def test_a_canary_is_not_blamed_for_what_hits_the_old_release_as_well() -> None:
    new = steady(300, over=15_000, failed=60)
    old = steady(300, over=15_000, failed=60, release="old")
    both = [one for pair in zip(old, new, strict=True) for one in pair]

    assert decision(judge([*both, END], canary=True)) == "good"
    assert decision(judge([*both, END])) == "bad"
    assert decision(judge([*steady(300, over=15_000, release="old"), END], canary=True)) == "unjudged"


def test_half_a_line_is_passed_over_and_the_clock_after_it_is_heard() -> None:
    lines = [*steady(300, over=14_000), line(14_500, status=500)[:40], "\n" + END]

    assert judge(lines)[-1].text.startswith("0 of 300")
