# ledger_json.awk: the counts of ledger.awk as the middle of the ledger's JSON line. With latency.awk. cut_by_guard: how many
# connections the old release still had when it was deleted at its drain limit; broken: what the error log says of answers.

function part(name,    n, ms, key, pair, times) {
    for (key in hist) {
        split(key, pair, "\t")
        if (pair[1] == name) { times[pair[2]] += hist[key]; n += hist[key] }
    }
    ms = quantile(times, n, 0.95)
    return sprintf("{\"requests\":%d,\"failed\":%d,\"p95_ms\":%s}", sum[name ".requests"], sum[name ".failed"], ms < 0 ? "null" : ms)
}

BEGIN { FS = "\t" }
$1 == "sum" { sum[$2] += $3 }
$1 == "hist" { hist[$2 "\t" $3] += $4 }

END {
    printf "\"before\":%s,\"during\":%s,\"after\":%s,", part("before"), part("during"), part("after")
    # The error log knows every answer that an app broke off; the request log those whose length was known.
    cut = broken + 0 > sum["cut_short"] + 0 ? broken : sum["cut_short"]
    printf "\"failed_at_gateway\":%d,\"client_gone\":%d,\"cut_short\":%d,", sum["failed_at_gateway"], sum["client_gone"], cut
    # What the guard's limit cuts ends as if by itself: the app closed it. The guard counted the connections.
    lost = cut_by_guard + 0 < sum["streams.kept"] ? cut_by_guard + 0 : sum["streams.kept"] + 0
    printf "\"streams\":{\"kept\":%d,\"cut\":%d},", sum["streams.kept"] - lost, sum["streams.cut"] + lost
}
