# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# The end of a way back that was kept only until the verdict. Needs say.sh live.sh compose.sh nginx.sh; $app, $live, $live_dir.

# forget_way_back: takes it out of the live file: its extra upstream, and `alt` becomes none. Tested, reloaded, proved, under
# the app's lock and nginx's. Returns 0: it is out, or was not there; BUSY: it serves, by the pointer, or a switch runs that
# does not end within LOCK_SECONDS; UNPROVED: put back. Never exits; says why on stderr.
forget_way_back() {
    read_live "$live"
    [ -n "$file_pending" ] || return 0
    (forget_locked) 9>>"$GW/state/$app.gateway.lock" || return
}

forget_locked() {
    # A switch that finds this lock held ends its holder, named in this file: nobody, this takes a second.
    flock -w "$LOCK_SECONDS" 9 || die "$BUSY" "a switch runs and keeps the gateway; the way back stays in its file until the next one"
    : >"$GW/state/$app.gateway.pid"
    lock_nginx
    read_live "$live"
    [ -n "$file_pending" ] || exit 0
    if pointed; then die "$BUSY" "$file_alt serves, switched back by the pointer"; fi
    cp "$live" "$live.kept"
    without_pending "$live" "$(date +%s%N)" >"$live.forget"
    mv "$live.forget" "$live"
    error=$(config_error)
    if [ -z "$error" ]; then
        reload
        if prove_routes; then
            rm "$live.kept"
            exit 0
        fi
        error="the gateway answered '$got' instead of '$expected'"
    fi
    mv "$live.kept" "$live"
    reload
    die "$UNPROVED" "the way back could not be taken out, the file is as it was: $error"
}
