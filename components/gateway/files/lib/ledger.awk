# ledger.awk: counts requests around one flip; docs/watch.md says what each number means. Reads what was counted before
# (lines "sum KEY N" and "hist PART MS N") and log lines, each line of the log once; prints both again. With latency.awk.
# Variables: app release from (the old one) flipped window (ms); until = ms of the last moment of `during`, 0 = goes on;
# limit = ms after which the gateway cuts what an old worker still carries.

function add(key, n) { sum[key] += n }

# cut_by_us: a shutdown timer ended it. What had answered nothing has status 000, an upgraded connection no completion;
# an answer under way looks as if its client had left, but all of a worker's end at once when its time is over.
function cut_by_us() {
    if ($8 == "OK" || $4 == 499) return 0
    return $4 == "000" || $4 == 101 || at >= flipped + limit - 500
}

function count(part) {
    add(part ".requests", 1)
    if ($4 >= 500 || $4 == "000") add(part ".failed", 1)
    if ($7 !~ /^[0-9]/) return
    ms = int(header_ms($7) + 0.5)
    if (ms > 1000) ms = int(ms / 20 + 0.5) * 20
    hist[part "\t" ms]++
}

function count_during(    took) {
    count("during")
    took = $6 * 1000
    if ($5 == "gateway" && $4 >= 502 && $4 <= 504) add("failed_at_gateway", 1)
    if ($4 == 499 || ($8 == "" && $4 != "000" && !cut_by_us())) add("client_gone", 1)
    if ($8 == "OK" && $11 ~ /^[0-9]/ && $10 + 0 < $11 + 0 && $12 != "HEAD") add("cut_short", 1)
    if ($3 == from && cut_by_us()) add("streams.cut", 1)
    else if ($3 == from && at - took < flipped && ($4 == 101 || took >= STREAM)) add("streams.kept", 1)
}

BEGIN {
    FS = "\t"
    STREAM = 2000 # ms: what took longer was a stream, or a long answer
}

$1 == "sum" { sum[$2] += $3; next }
$1 == "hist" { hist[$2 "\t" $3] += $4; next }
NF < 12 || $2 != app || ($3 != release && $3 != from) { next }

{
    at = $1 * 1000
    if ($3 == from && at <= flipped && at > flipped - window) count("before")
    if (at <= flipped) next
    if ($3 == release && at <= flipped + window) count("after")
    if (!until || at <= until) count_during()
}

END {
    for (key in sum) printf "sum\t%s\t%d\n", key, sum[key]
    for (key in hist) printf "hist\t%s\t%d\n", key, hist[key]
}
