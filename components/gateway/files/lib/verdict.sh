# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# The watch's judging: feeds judge.awk with the request log and a clock, and does what it says. Needs what bin/watch has.

WIDEST_MS=600000 # how far back the baseline may reach, and how long a release with little traffic is watched
WANTED=1000      # requests of the old release: 30 good ones would still allow for a quarter of failures, 1000 for 1.1 percent

# take_baseline: of the old release, noted once, as it is before the flip.
take_baseline() {
    baseline=$(flip_fact "$id" baseline)
    [ -z "$baseline" ] || return 0
    began=$(ms)
    baseline=$(old_requests "$span")
    [ "${baseline%% *}" -ge "$WANTED" ] || baseline=$(old_requests "$WIDEST_MS")
    note_flip "$id" baseline "$baseline"
}

# old_requests MS: "requests failed p95 slow" of the old release, reading so much of the log.
old_requests() {
    with_still_files lines_since $((began - $1)) | awk -v app="$app" -v release="${from:--}" -v flipped="$began" -v window="$span" \
        -v widest="$WIDEST_MS" -v wanted="$WANTED" -f "$lib/latency.awk" -f "$lib/baseline.awk"
}

# judge: until the verdict is final. In a fifo, so that what feeds it can be ended.
judge() {
    [ -z "$(flip_fact "$id" settled)" ] || return 0
    [ "$window_ms" -gt 0 ] || { settle_flip "$id" none '' && return; }
    pipe=/run/tandem-watch.$app.$id
    rm -f "$pipe"
    mkfifo "$pipe"
    new_lines >"$pipe" 2>/dev/null &
    feeder=$!
    ticks >"$pipe" 2>/dev/null &
    clock=$!
    judged <"$pipe" 7>&- | act 7>&-
    kill "$clock" "$feeder" 2>/dev/null || :
    rm -f "$pipe"
}

# new_lines: the log from just before the flip on, and as it grows, also across a rotation.
new_lines() {
    exec 7>&-
    place=$((size_before + 1))
    if [ -n "$resumed" ]; then
        place=1 # all since the flip once more
        [ "$(starts "$REQUESTS")" -le "$flipped" ] || cat "$REQUESTS.1" || :
    fi
    exec tail --pid=$$ -c "+$place" -F "$REQUESTS"
}

# ticks: the time, where there is no traffic to tell it. A line of its own even in the middle of another. Not after the
# death of the watch: another has taken over by then.
ticks() {
    exec 7>&-
    while sleep 0.5 && kill -0 $$; do printf '\ntick %s\n' "$(ms)" || return; done
}

judged() {
    # shellcheck disable=SC2086 # four words
    set -- $baseline
    awk -W interactive -v app="$app" -v release="$release" -v from="$from" -v flipped="$flipped" -v window="$window_ms" \
        -v wait="$WIDEST_MS" -v errors="$bad" -v slower="$slower" -v requests="$1" -v failed="$2" -v p95="$3" -v slow="$4" \
        -v canary="${canary_share:+1}" -v down="$(downtimes)" -f "$lib/latency.awk" -f "$lib/judge.awk"
}

downtimes() { awk '$1 == "down" { print $2 "-" $3 }' "$record" | tr '\n' ' '; }

# act <EVENTS: the effects.
act() {
    while read -r event words; do
        case $event in
        seen)
            # shellcheck disable=SC2086 # three words
            note_progress $words
            still_mine || return 0
            ;;
        warn)
            note_flip "$id" why "warned: $words"
            say "$release: $words"
            ;;
        unjudged)
            printf 'verdict unjudged\nwhy %s\nuntil %s\n' "$words" $((flipped + WIDEST_MS)) >>"$record"
            say "$release: not judged yet: $words"
            ;;
        good) settle_flip "$id" good "$words" && return ;;
        over) settle_flip "$id" unjudged "$words" && return ;;
        bad) switch_off "$words" && return ;;
        esac
    done
}

# A disk that is full must not end the watch.
note_progress() { printf 'seen %s\nfailed %s\nspent %s\n' "$1" "$2" "$3" >>"$record" || :; }

# still_mine: whether the release still has the traffic that this flip gave it. A newer flip is seen at once, the rest every
# two seconds: until then nothing is judged either, as there are no requests.
still_mine() {
    newest=$id
    IFS= read -r newest <"$GW/state/$app.watch" || :
    looks=$(((${looks:-0} + 1) % 4))
    if [ "$newest" != "$id" ] || [ "$looks" = 1 ]; then has_its_traffic; fi
}

# has_its_traffic: else the verdict is another's business, and settled.
has_its_traffic() {
    if [ -n "$(flip_fact "$id" settled)" ] || stopped_by_hand; then return 1
    elif [ "$newest" != "$id" ] && [ -n "$(flip_fact "$newest" flipped)" ]; then
        settle_flip "$id" superseded "a newer switch took over"
        return 1
    elif ! routed_in "$live" | grep -Fqx "$release"; then
        finish_flip_back || settle_flip "$id" superseded "$release gets no traffic any more"
        return 1
    fi
}

# stopped_by_hand: what nobody answers then is not the release's doing.
stopped_by_hand() {
    [ -f "$GW/state/$app.stopped" ] || return 1
    settle_flip "$id" superseded "$app was stopped by hand"
}

# switch_off WHY: back to the release before, by the pointer. Where there is none, it stays a note and a line in the log.
switch_off() {
    if stopped_by_hand; then return; fi
    step flip-back
    # It has not proved its flip yet, and would take the pointer for a failure of its own.
    let_the_switch_end 3
    code=0
    read_live "$live"
    case $release in
    "$file_release" | "$file_canary") flip_back "$1" "$file_serial" >/dev/null || code=$? ;;
    *) code=$BUSY refusal="$release gets no traffic any more" ;;
    esac
    if [ "$code" = 0 ]; then
        settle_flip "$id" bad "$1"
        say "$release is switched off: $1; $file_alt serves"
    else
        settle_flip "$id" bad "$1; not switched back: $refusal"
        say "$release is bad but could not be switched off: $1; $refusal"
    fi
}
