# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# The watch's beginning and end: has the flip come, and is the old release drained. Needs what bin/watch has.

COUNT_EVERY_MS=60000 # less than the request log needs to be rotated away

# read_flip: the record in variables. resumed: the flip has come already, in a gateway that was restarted since.
read_flip() {
    size_before=$(stat -c %s "$REQUESTS" 2>/dev/null || echo 0)
    resumed=$(flip_fact "$id" flipped)
    release=$(flip_fact "$id" release)
    from=$(flip_fact "$id" from)
    back=$(flip_fact "$id" back)
    canary_share=$(flip_fact "$id" canary)
    window_ms=$(($(flip_fact "$id" window) * 1000))
    bad=$(flip_fact "$id" bad)
    slower=$(flip_fact "$id" slower)
    span=$window_ms
    [ "$span" -gt 0 ] || span=15000 # without a watch the ledger still has a before and an after
    from_at=$(address_of "$(flip_fact "$id" container)" "$(flip_fact "$id" port)")
}

# address_of CONTAINER PORT: IP:PORT, or nothing when it is not on the network.
address_of() {
    [ -n "$1" ] || return 0
    ip=$(getent ahostsv4 "$1" | awk '{ print $1; exit }') || :
    [ -z "$ip" ] || printf '%s:%s' "$ip" "$2"
}

# wait_for_flip: until the live file carries the id: the baseline is taken meanwhile. False when it was put back, or when
# whoever was about to write it is gone.
wait_for_flip() {
    take_baseline
    while ! carried; do
        [ -z "$(flip_fact "$id" dropped)" ] || return 1
        if switch_is_over && ! carried; then
            flip=$id
            drop_flip
            return 1
        fi
        sleep 0.05
    done
    flipped=$resumed
    [ -n "$flipped" ] || note_the_flip
    read_live "$live"
    away=$(printf %s "$file_upstreams" | awk -v r="$release" '$1 == r { print $2, $3; exit }')
    addresses="$from_at $(address_of "${away% *}" "${away#* }")"
}

# carried: noted earlier, or in the live file now.
carried() { [ -n "$resumed" ] || grep -q "\\.flip\\.$id;" "$live" 2>/dev/null; }

# switch_is_over: the one that opened the record is gone, or has ended.
switch_is_over() { ! kill -0 "$(cat "$GW/state/$app.gateway.pid" 2>/dev/null)" 2>/dev/null; }

note_the_flip() {
    flipped=$(date -r "$live" +%s%3N)
    printf 'flipped %s\nuntil %s\n' "$flipped" $((flipped + window_ms)) >>"$record"
}

# let_the_switch_end SECONDS: waits for its last word, at most so long: until then old workers may still take requests. It
# keeps the file before its own until it has proved the flip.
let_the_switch_end() {
    tries=$(($1 * 20))
    while [ "$tries" -gt 0 ] && [ -f "$live.before" ] && ! switch_is_over; do
        sleep 0.05
        tries=$((tries - 1))
    done
}

# loses_traffic: whether `from` has none any more; beside a canary it goes on.
loses_traffic() {
    [ -n "$from" ] || return
    ! routed_in "$live" | grep -Fqx "$from"
}

# follow_drain: notes when nobody is connected to the old release any more; gives up when it gets traffic again.
follow_drain() {
    let_the_switch_end 60
    counted=$(ms)
    quiet=0
    while [ -z "$(flip_fact "$id" drained)" ] && loses_traffic && kill -0 $$ 2>/dev/null; do
        now=$(ms)
        if [ -z "$from_at" ] || drained "$(targets "${from_at#*:}" "${from_at%:*}")"; then
            note_flip "$id" drained "$now"
            return
        fi
        if [ $((now - counted)) -ge "$COUNT_EVERY_MS" ]; then
            count_requests 0
            counted=$now
        fi
        pause $((now - flipped))
    done
}

# first_ledger: where there is too little traffic to judge by, the ledger does not wait for the verdict, which may take ten
# minutes; it is written again with it.
first_ledger() {
    while [ "$(flip_fact "$id" verdict)" = pending ] && kill -0 $$ 2>/dev/null; do sleep 0.5; done
    [ -z "$(flip_fact "$id" settled)" ] || return 0
    let_lines_arrive
    write_ledger
}

# The last lines are on their way to the log.
let_lines_arrive() { sleep 1; }

# pause MS: short at first; streams may go on for an hour.
pause() {
    if [ "$1" -lt 15000 ]; then sleep 0.1
    elif [ "$1" -lt 60000 ]; then sleep 0.5
    else sleep 2; fi
}

# drop_way_back: the old release that was kept only until the verdict. Not when it serves again, or a newer switch came.
drop_way_back() {
    case $(flip_fact "$id" verdict) in bad | superseded) return ;; esac
    [ "$(newest_flip)" = "$id" ] || return 0
    forget_way_back || :
}
