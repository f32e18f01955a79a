# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# The host's side: where things are, one lock per app, what Docker knows about a container. Needs say.sh.

# places: from this file set's own directory, .../gateway/releases/<hash>/host
places() {
    GW=${here%/releases/*}
    live_dir=$GW/live
    state=$GW/state
    live=$live_dir/$app.conf
}

# lock_app WHAT: refuses at once while another one runs, and says which.
lock_app() {
    exec 9>>"$state/$app.lock"
    flock -n 9 || die "$BUSY" "busy: $(cat "$state/$app.holder" 2>/dev/null || echo another switch) is running; wait for it and run this again"
    echo "$1 (process $$, since $(date -u +%H:%M:%S) UTC)" >"$state/$app.holder"
}

# find_gateway: the container that runs with this directory, by its label; empty when there is none.
find_gateway() {
    docker ps --no-trunc --filter label=tandem.role=gateway --format '{{.ID}} {{.Mounts}}' | tr ',' ' ' |
        while read -r id mounts; do
            for mount in $mounts; do
                if [ "$(cd -P "$mount" 2>/dev/null && pwd)" = "$GW" ]; then printf %s "$id" && return; fi
            done
        done
}

# running CONTAINER
running() { [ "$(timeout 20 docker inspect -f '{{.State.Running}}' "$1" 2>/dev/null)" = true ]; }

# restarts CONTAINER: "running 0" or what it is instead; empty when it does not exist.
restarts() {
    timeout 20 docker inspect -f '{{.State.Status}} {{.RestartCount}}' "$1" 2>/dev/null || :
}

# story CONTAINER: how it fared, and its last words. For people. False when it does not exist.
story() {
    # shellcheck disable=SC2016 # a template of docker's
    how=$(timeout 20 docker inspect -f '{{.State.Status}}, exit code {{.State.ExitCode}}, restarted {{.RestartCount}} times{{if .State.OOMKilled}}, killed for using more than its memory{{end}}' "$1" 2>/dev/null) || return
    printf '  container %s: %s; its last lines:\n' "$1" "$how" >&2
    timeout 20 docker logs --tail 20 "$1" 2>&1 | sed 's/^/  | /' >&2
}

# need_gateway: one sentence instead of Docker's.
need_gateway() {
    running "$gateway" || die "$UNPROVED" "the gateway container $gateway is not running, so nothing was switched; 'docker logs $gateway' says why, an update starts it again"
}
