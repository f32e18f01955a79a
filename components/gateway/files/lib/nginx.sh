# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# nginx from inside its container: test, reload, and proof that the reload took. Needs say.sh, $app.

GW=${GW:-/gw}
PID_FILE=/run/nginx.pid
PROBE=http://127.0.0.1:81
PROOF_MS=8000 # how long a reload may take until every worker is a new one
LOCK_SECONDS=30

# One lock for all apps: a half-written file of one app fails the test of every other.
lock_nginx() {
    exec 8>>"$GW/state/nginx.lock"
    flock -w "$LOCK_SECONDS" 8 || die "$BUSY" "another app's switch has held the gateway for $LOCK_SECONDS s; run it again"
}
unlock_nginx() { exec 8>&-; }

# config_error: what nginx says about its files; empty when they are good.
config_error() { nginx -q -t -e stderr -c "$GW/current/nginx.conf" 2>&1 || :; }

# title PID: what a process calls itself; empty when it is gone.
title() {
    title=''
    { IFS= read -r title <"/proc/$1/cmdline" || :; } 2>/dev/null
}

# workers: the pids of all workers of the container's one nginx, old ones too.
workers() {
    for process in /proc/[0-9]*; do
        title "${process#/proc/}"
        case $title in "nginx: worker process"*) echo "${process#/proc/}" ;; esac
    done
}

# reload: HUP and not `nginx -s reload`, which would read the configuration once more. Remembers the older workers.
reload() {
    older=$(workers)
    kill -HUP "$(cat "$PID_FILE")" || die "$UNPROVED" "the gateway's nginx does not run"
}

# retired: whether every worker from before the reload has stopped accepting.
retired() {
    for pid in ${older:-}; do
        title "$pid"
        case $title in *"shutting down"* | '') ;; "nginx: worker"*) return 1 ;; esac
    done
}

# answers URL: who serves three requests on fresh connections, as "R R R".
answers() {
    curl -sg -m 5 -o /dev/null -o /dev/null -o /dev/null -H "Host: $app.proof" -H "X-Tandem-Host: $host" \
        -H 'Connection: close' -w '%header{x-served-by} ' "$1" "$1" "$1" || :
}

# prove RELEASE URL: three fresh answers in a row by RELEASE and every older worker retiring, within PROOF_MS. A slow app
# is asked twice even so: its first three answers may be from both sides of the reload.
# first_at is when RELEASE answered first. On failure got is what answered instead.
prove() {
    deadline=$(($(ms) + PROOF_MS))
    first_at='' asked=0
    while :; do
        asked=$((asked + 1))
        got=$(answers "$2")
        case " $got" in *" $1 "*) first_at=${first_at:-$(ms)} ;; esac
        [ "$got" = "$1 $1 $1 " ] && retired && return 0
        [ "$asked" -lt 2 ] || [ "$(ms)" -lt "$deadline" ] || return 1
    done
}

# prove_generation RELEASE: the same without asking the app: for reloads that do not move traffic.
prove_generation() { prove "${1:-none}" "$PROBE/.tandem/generation"; }
