# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# nginx from inside its container: test, reload, and proof that the reload took. Needs say.sh, $app.

GW=${GW:-/gw}
state=$GW/state
REQUESTS=$GW/log/requests.tsv # one line per request of an app, for the watch and the ledger; see nginx.conf
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

# Visitors' keys, the n-th with a hash in the n-th hundredth of what split_clients cuts into parts: with 10 % for a canary
# the tenth goes to it and the eleventh does not. So a proof sees the very percentage.
VISITORS="100 10 191 241 8 236 233 291 230 231 153 459 189 210 309 237 152 47 163 85 4 24 107 103 196 11 171 120 1 87 134 252 51 91 \
66 176 21 5 35 25 57 378 161 159 537 561 39 36 181 274 19 749 146 3 38 215 9 123 52 125 294 413 18 307 16 380 31 22 355 40 79 226 \
44 26 324 56 12 402 353 77 200 193 55 267 14 180 484 118 62 131 50 1175 132 169 59 151 80 73 69 90"

# visitors PERCENT: the keys of two just below and two just above it, in turns.
visitors() {
    below=$1
    # shellcheck disable=SC2086 # one word per key
    set -- $VISITORS
    shift $((below - 1))
    printf '%s %s %s %s' "$1" "$2" "$1" "$2"
}

# expect: sets expected and keys for `prove` to what the live file that was read last gives its visitors.
expect() {
    if pointed; then most=$file_alt; else most=${file_release:-none}; fi
    if [ -z "$file_canary" ] || pointed; then
        expected="$most $most $most " keys='1 1 1'
    else
        expected="$file_canary $most $file_canary $most " keys=$(visitors "$file_percent")
    fi
}

# answers URL KEY...: who serves a request on a fresh connection of each visitor, as "R R R ".
answers() {
    url=$1
    shift
    for key in "$@"; do
        shift
        set -- "$@" --next -sg -m 5 -o /dev/null -H "Host: $app.proof" -H "X-Tandem-Host: $host" -H "X-Tandem-Key: $key" \
            -H 'Connection: close' -w '%header{x-served-by} ' "$url"
    done
    shift
    curl "$@" || :
}

# prove EXPECTED URL [NOW]: fresh answers by exactly EXPECTED, releases "R R R " for $keys, and every older worker retiring,
# within PROOF_MS. A slow app is asked twice even so: its first answers may be from both sides of the reload.
# first_at is when the first of them answered first. On failure got is what answered instead. Somebody who turns the pointer
# of the live file that was read last ends it at once: the answers will never be the expected ones.
prove() {
    deadline=$((${3:-$(ms)} + PROOF_MS))
    if pointed; then turned_before=1; else turned_before=''; fi
    first_at='' asked=0
    while :; do
        asked=$((asked + 1))
        # shellcheck disable=SC2086 # one word per key
        got=$(answers "$2" $keys)
        case " $got" in *" ${1%% *} "*) first_at=${first_at:-$(ms)} ;; esac
        [ "$got" = "$1" ] && retired && return 0
        if [ -z "$turned_before" ] && pointed; then return 1; fi
        [ "$asked" -lt 2 ] || [ "$(ms)" -lt "$deadline" ] || return 1
    done
}

# prove_routes: that the live file is what new requests go by, without asking an app: for reloads that move no traffic.
prove_routes() {
    read_live "$live"
    expect
    prove "$expected" "$PROBE/.tandem/generation"
}
