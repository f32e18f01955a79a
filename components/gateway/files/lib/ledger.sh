# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# The ledger of one flip: counted from the request log's files, a piece at a time and each line once, so that it may last
# longer than the files are kept; docs/watch.md says what each number means. Needs say.sh nginx.sh requests.sh flip.sh
# drained.sh, and of the watch: $id $record $release $from $flipped $span $addresses.

LEDGERS_KEPT=100
ERRORS=/run/errors.log

# count_requests UNTIL: counts what the log has got since the last time. UNTIL is ms, or 0 while `during` goes on.
count_requests() {
    counts=$record.counts
    with_still_files count_unread "$1"
}

# count_unread UNTIL: the state is a file of "sum", "hist" (see ledger.awk) and "at INODE OFFSET".
count_unread() {
    : >"$counts.new.at"
    {
        [ ! -f "$counts" ] || grep -v '^at' "$counts" || :
        for file in "$REQUESTS.4" "$REQUESTS.3" "$REQUESTS.2" "$REQUESTS.1" "$REQUESTS"; do
            [ ! -f "$file" ] || unread "$file"
        done
    } | awk -v app="$app" -v release="$release" -v from="$from" -v flipped="$flipped" -v window="$span" -v until="$1" \
        -v limit="$(($(shutdown_seconds) * 1000))" -f "$lib/latency.awk" -f "$lib/ledger.awk" >"$counts.new"
    check_for_gaps
    cat "$counts.new.at" >>"$counts.new"
    mv "$counts.new" "$counts"
    rm -f "$counts.new.at"
}

# unread FILE: its lines since the last time; of the first time those that may be young enough.
unread() {
    inode=$(stat -c %i "$1")
    size=$(whole_lines "$1")
    place=$(awk -F '\t' -v inode="$inode" '$1 == "at" && $2 == inode { print $3 }' "$counts" 2>/dev/null || :)
    if [ -z "$place" ]; then place=$(first_place "$1" "$size"); fi
    printf 'at\t%s\t%s\n' "$inode" "$size" >>"$counts.new.at"
    [ "$place" -ge "$size" ] || tail -c "+$((place + 1))" "$1" | head -c $((size - place))
}

# first_place FILE SIZE: nothing before it is younger than the window before the flip.
first_place() {
    earliest=$((flipped - span))
    if [ -f "$counts" ]; then echo 0
    elif [ "$(date -r "$1" +%s%3N)" -lt "$earliest" ]; then echo "$2"
    elif [ "$2" -gt "$CHUNK" ] && [ "$(tail -c "+$(($2 - CHUNK + 1))" "$1" | sed -n 2p | ms_of_line)" -le "$earliest" ]; then echo $(($2 - CHUNK))
    else echo 0; fi
}

# whole_lines FILE: its size; the writer's last line may not be whole in the moment of looking.
whole_lines() {
    for _ in 1 2 3 4 5; do
        whole=$(stat -c %s "$1")
        if [ "$whole" = 0 ] || [ -z "$(tail -c "+$whole" "$1" | head -c 1)" ]; then break; fi
    done
    echo "$whole"
}

# check_for_gaps: the file that was the newest the last time must still be there, and the first time the oldest must reach
# back to the window before the flip.
check_for_gaps() {
    if [ -f "$counts" ]; then
        last=$(awk -F '\t' '$1 == "at" { inode = $2 } END { print inode }' "$counts")
        grep -q "^at	$last	" "$counts.new.at" || unsure "the request log was rotated away before all of it was counted"
    elif [ -f "$REQUESTS.4" ] && [ "$(starts "$REQUESTS.4")" -gt $((flipped - span)) ]; then
        unsure "the request log does not reach back to the window before the flip"
    fi
}

# unsure WHY: one more thing that the ledger cannot know.
unsure() { note_flip "$id" unknown "$1"; }

# during_until: the last moment of `during`: when the old release was drained; or, where it kept or got back its traffic, when
# the verdict was final.
during_until() {
    until=$(flip_fact "$id" drained)
    [ -n "$until" ] || until=$(flip_fact "$id" settled)
    echo "${until:-$(ms)}"
}

# write_ledger: counts up to now, and writes the line. Again when the verdict comes late.
write_ledger() {
    until=$(during_until)
    count_requests "$until"
    ask_the_error_log "$until"
    drained_at=$(flip_fact "$id" drained)
    drained_ms=null
    [ -z "$drained_at" ] || drained_ms=$((drained_at - flipped))
    unknown=$(awk '$1 == "unknown" && !said[$0]++ { printf "%s\"%s\"", (n++ ? "," : ""), substr($0, 9) }' "$record")
    line=$(printf '{"id":"%s","app":"%s","release":"%s","from":%s,"verdict":"%s","why":%s,"at":"%s",%s"drained_ms":%s,"complete":%s,"unknown":[%s]}' \
        "$id" "$app" "$release" "$(quoted "$from")" "$(flip_fact "$id" verdict)" "$(quoted "$(harmless "$(flip_fact "$id" why)")")" \
        "$(date -u -d "@$((flipped / 1000))" +%Y-%m-%dT%H:%M:%SZ)" \
        "$(awk -v cut_by_guard="$(flip_fact "$id" cut)" -v broken="$broken" -f "$lib/latency.awk" -f "$lib/ledger_json.awk" "$counts")" \
        "$drained_ms" "$(if [ -z "$unknown" ]; then echo true; else echo false; fi)" "$unknown")
    keep_ledger "$line"
}

keep_ledger() {
    exec 6>>"$GW/state/flips/$app.lock"
    flock 6
    ledgers=$GW/state/$app.ledgers.jsonl
    { if [ -f "$ledgers" ]; then grep -v "^{\"id\":\"$id\"" "$ledgers" | tail -n $((LEDGERS_KEPT - 1)); fi && printf '%s\n' "$1"; } >"$ledgers.new"
    mv "$ledgers.new" "$ledgers"
    exec 6>&-
}

# ask_the_error_log UNTIL: sets broken, answers that an app broke off. What only nginx's own log knows: answers of unknown length that an app broke off look like whole
# ones in the request log, and requests on a worker that was killed are not in it at all.
ask_the_error_log() {
    broken=0
    if [ ! -f "$ERRORS" ]; then
        unsure "there is no error log, so answers that an app broke off are only known where their length was"
        return
    fi
    broken=$(error_lines "$1" | awk -v places="$addresses" '
        BEGIN { n = split(places, place, " ") }
        / while reading upstream, / { for (i = 1; i <= n; i++) if (index($0, "upstream: \"http://" place[i])) { cut++; break } }
        END { print cut + 0 }')
    died=$(error_lines "$(ms)" | grep -c 'worker process .* exited on signal' || :)
    [ "$died" = 0 ] || unsure "$died of nginx's workers were killed; the requests they had are in no log"
}

# error_lines UNTIL: of the error log, from the window before the flip on. Its times are whole seconds.
error_lines() {
    cat "$ERRORS.1" "$ERRORS" 2>/dev/null | awk -v first="$(log_time $((flipped - span)))" -v last="$(log_time "$1")" '
        { at = substr($0, 1, 19) }
        at >= first && at <= last'
}

log_time() { date -d "@$(($1 / 1000))" '+%Y/%m/%d %H:%M:%S'; }
