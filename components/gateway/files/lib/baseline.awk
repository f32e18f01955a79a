# baseline.awk: how the old release did before the flip. Reads log lines, oldest first; with latency.awk.
# Variables: app release (the old one) flipped window widest (ms) wanted. Prints "requests failed p95_ms slow": of the last
# `window` before the flip; when those are fewer than `wanted`, of its last `wanted` requests within `widest`.

function count(field, status) {
    requests++
    if (status >= 500) failed++
    if (field !~ /^[0-9]/) return
    ms = int(header_ms(field) + 0.5)
    times[ms]++
    timed++
}

BEGIN { FS = "\t"; requests = failed = timed = held = 0 }

NF < 8 || $2 != app || $3 != release { next }

{
    age = flipped - $1 * 1000
    if (age < 0 || age >= widest) next
    if (age < window) { count($7, $4); next }
    ring[held++ % wanted] = $4 "\t" $7
}

END {
    for (i = held - 1; i >= 0 && i >= held - wanted && requests < wanted; i--) {
        split(ring[i % wanted], one, "\t")
        count(one[2], one[1])
    }
    p95 = timed ? quantile(times, timed, 0.95) : 0
    for (ms in times) if (ms + 0 > slow_limit(p95)) slow += times[ms]
    printf "%d %d %d %d\n", requests, failed, p95, slow
}
