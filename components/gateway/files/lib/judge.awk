# judge.awk: is the new release worse than the old one was? Pure: reads the request log's lines since the flip (TAB
# separated, see nginx.conf) and lines "tick MS", takes the time from them, prints events; docs/watch.md states the rule.
# Variables: app release; from = the old release; flipped window wait (ms); errors slower (switch_back, warn, off);
# the old release before the flip: requests failed p95 (ms) slow (of them, above the limit that slow_limit() gives);
# canary = 1 when the old one goes on beside it; down = "FROM-TO ..." (ms) when the gateway did not run.
# Events, one a line: "seen N FAILED SPENT_MS" at most every 0.5 s; "warn WHY"; "unjudged WHY" at the window's end with
# too few requests; and one of "good WHY", "bad WHY", "over WHY" (of the wait), after which it exits.

function lower(bad, all) { return all ? wilson(bad / all, all, -1) : 0 }
function upper(bad, all) { return all ? wilson(bad / all, all, 1) : 0 }
function wilson(p, n, sign) {
    return (p + Z * Z / (2 * n) + sign * Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))) / (1 + Z * Z / n)
}
function larger(a, b) { return a > b ? a : b }
function percent(part, all) { return sprintf("%.1f %%", all ? 100 * part / all : 0) }

# spent: ms of traffic time since the flip; while the gateway was down there was none to judge.
function spent(at,    i, ends, all, from_ms, to_ms) {
    all = at - flipped
    for (i = 1; i <= downs; i++) {
        split(downtime[i], ends, "-")
        from_ms = larger(ends[1], flipped)
        to_ms = ends[2] < at ? ends[2] : at
        if (to_ms > from_ms) all -= to_ms - from_ms
    }
    return larger(all, 0)
}

# bar: the error ratio that the new release must surely be above. An old one that had hardly any traffic says little: then
# only most requests failing is bad. When the old one, beside it in a canary, has become surely worse than it was, the
# trouble is not the new release's alone: then it must be worse than that.
function bar(    limit) {
    limit = larger(FLOOR, upper(failed, requests))
    if (from != "" && requests < LEAST && (limit > MOST || !requests)) limit = MOST
    if (beside >= LEAST && lower(beside_failed, beside) > limit) limit = upper(beside_failed, beside)
    return limit
}

# Five failures at least: of a release that fails one in a hundred, three of the first thirty are no rarity.
function too_many_errors() { return seen >= LEAST && bad >= LEAST_BAD && lower(bad, seen) > bar() }

function error_words() {
    return sprintf("%d of %d requests failed (%s), before it %d of %d", bad, seen, percent(bad, seen), failed, requests)
}

function slow_words() {
    return sprintf("%d of %d answers took longer than %d ms (%s), before it %d of %d with a p95 of %d ms", \
        late, timed, slow_limit(p95), percent(late, timed), slow, requests, p95)
}

function too_slow() {
    return slower != "off" && requests >= LEAST && timed >= LEAST && lower(late, timed) > larger(SLOW_FLOOR, upper(slow, requests))
}

function say(event, words) {
    print event " " words
    fflush()
}
function decide(event, words) {
    progress()
    say(event, words)
    decided = 1
    exit
}
function progress() {
    told = clock
    say("seen", sprintf("%d %d %.0f", seen, bad, spent(clock)))
}

# peek: the error rule, asked again at every failure.
function peek() {
    if (warned || !too_many_errors()) return
    if (errors == "switch_back") decide("bad", error_words())
    warned = error_words()
    say("warn", warned)
}

# conclude: at the end of the window; after it, once there is enough to call a release good. One look at the latency.
function conclude() {
    peek()
    if (too_slow()) {
        if (slower == "switch_back") decide("bad", slow_words())
        warned = warned (warned == "" ? "" : "; ") slow_words()
        say("warn", warned)
    }
    decide("good", warned == "" ? error_words() : "warned: " warned)
}

function few() { return sprintf("%d requests, %d of them failed; %d are needed to judge", seen, bad, LEAST) }

function look_at_the_clock(    over) {
    over = spent(clock)
    if (seen >= LEAST && (over >= wait || (over >= window && !late_word))) conclude()
    if (over >= wait) decide("over", few())
    if (over >= window && !late_word) {
        progress()
        say("unjudged", few())
        late_word = 1
    }
    if (clock - told >= 500) progress()
}

BEGIN {
    FS = "\t"
    Z = 3.3
    LEAST = 30
    LEAST_BAD = 5
    ENOUGH = 100
    FLOOR = 0.01
    MOST = 0.5
    SLOW_FLOOR = 0.05
    clock = told = flipped
    seen = bad = timed = late = beside = beside_failed = 0
    downs = split(down, downtime, " ")
}

/^tick / {
    clock = larger(clock, substr($0, 6) + 0)
    look_at_the_clock()
    next
}

NF < 8 || $2 != app || ($3 != release && $3 != from) { next }

{
    at = $1 * 1000
    if (at <= flipped) next
    if ($3 != release) {
        if (canary) { beside++; if ($4 >= 500) beside_failed++ }
        next
    }
    if (at > clock) {
        clock = at
        look_at_the_clock()
    }
    seen++
    if ($7 ~ /^[0-9]/ && spent(at) >= window / 3) {
        timed++
        if (header_ms($7) > slow_limit(p95)) late++
    }
    if ($4 >= 500) bad++
    if (seen >= LEAST && ($4 >= 500 || seen == LEAST)) peek()
    if (late_word && seen >= ENOUGH) conclude()
}
