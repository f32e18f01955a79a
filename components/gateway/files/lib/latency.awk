# latency.awk: words for times, shared by what judges and what counts.

# header_ms FIELD: ms until the app's first byte. nginx writes one number per try, "0.001, 0.002": the last one counts.
function header_ms(field,    tries, n) {
    n = split(field, tries, /[,:] */)
    return tries[n] * 1000
}

# slow_limit P95: what takes longer than this is slow.
function slow_limit(ms) { return 3 * ms > ms + 250 ? 3 * ms : ms + 250 }

# quantile COUNT N SHARE: nearest rank in a histogram COUNT[ms] of N values. -1 for none.
function quantile(count, n, share,    need, sum, ms) {
    if (!n) return -1
    need = int(n * share)
    if (need < n * share) need++
    for (ms = 0; ; ms++) {
        if (ms in count) sum += count[ms]
        if (sum >= need) return ms
    }
}
