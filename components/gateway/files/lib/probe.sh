# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# Whether a candidate is ready, asked through nginx: its DNS, its upstream zone, its network, the app's Host header.
# Needs say.sh nginx.sh and the spec.

PAUSE=0.05
ABSENT_PROBES=10 # never seen for so many probes = it is not on this network, or died before the first
SILENT_PROBES=6  # silent for so many although Docker does not deny its name = gone; on a busy machine an answer may take a while

# greet LIST: which of the candidates ("release container port" per line) are on the network before anything is done, so
# that one that dies meanwhile is known to have been there, and which have been proved before.
greet() {
    present='' warm=''
    while read -r one where door; do
        if proved "$one" "$where" "$door"; then warm="$warm$one "; fi
        gone=0 unknown=0
        look "$where" "$door"
        [ "$gone" != 0 ] || present="$present$where "
    done <<LIST
$1
LIST
}

# ready NAME CONTAINER PORT: returns when `passes` probes in a row passed; else says why and exits.
# NAME is the upstream's: the release, or release.next while the release has another container too.
ready() {
    case " $present" in *" $2 "*) seen=1 ;; *) seen='' ;; esac
    since=$(ms) passed=0 gone=0 unknown=0 last='nothing yet' listens=$3
    while :; do
        # Looked at first while it is not passing: a request to an address where nobody is only hangs.
        if [ "$passed" -gt 0 ] || { look "$2" "$3" && [ "$gone" = 0 ]; } && probe "$1"; then
            passed=$((passed + 1))
            [ "$passed" -lt "$passes" ] || return 0
        else
            passed=0
            still_there "$1" "$2"
        fi
        [ $(($(ms) - since)) -lt $((timeout * 1000)) ] || fail "$UNPROVED" "$1" "$2" "not ready within its $timeout s; last answer: $last"
        sleep "$PAUSE"
    done
}

# still_there NAME CONTAINER: fails at once for one that has left; twice, as Docker moves names a moment after a start.
still_there() {
    { [ "$unknown" -lt 2 ] && [ "$gone" -lt "$SILENT_PROBES" ]; } || [ -z "$seen" ] ||
        fail "$LEFT" "$1" "$2" "it left the network $(age) s after the first probe: exited or restarting"
    [ "$gone" -lt "$ABSENT_PROBES" ] ||
        fail "$LEFT" "$1" "$2" "its name is not on the gateway's network: it exited, or runs on another network"
}

age() { seconds $(($(ms) - since)); }

# probe NAME: one request through nginx. With an http health a 2xx passes, else any answer of the app itself. One proved
# before is the way back and may not know this path: all but a 5xx passes.
probe() {
    reply=$(curl -sg -m 5 -o /dev/null -H "Host: $app.probe" -H "X-Tandem-Host: $host" -H "X-Tandem-Release: $1" \
        -w '%{http_code} %header{x-served-by}' "$PROBE$path" || :)
    code=${reply%% *}
    case $reply in
    *" gateway") last="no answer on port $listens, where the app must listen on 0.0.0.0" && return 1 ;;
    "2"??" $1") return 0 ;;
    *" $1")
        last="HTTP $code from $path"
        case $health:$code:" $warm" in
        http:5*) return 1 ;;
        http:*" $1 "*) ;;
        http:*) return 1 ;;
        esac
        ;;
    *) last="HTTP $code from the gateway" && return 1 ;;
    esac
}

# look CONTAINER PORT: is it there at all? Sets gone, how many looks in a row found nobody, and unknown, in how many of them
# Docker did not know the name, which it drops when a container exits: curl then says 6, or, where a slow DNS is asked
# next, 28 without ever having connected. So does a machine that is too busy to answer. 7 does not listen yet.
look() {
    how=$(curl -sg --connect-timeout 0.2 -m 0.25 -o /dev/null -w '%{exitcode}:%{time_connect}' "http://$1:$2$path" || :)
    case $how in
    6:*) gone=$((gone + 1)) unknown=$((unknown + 1)) ;;
    28:0.000000) gone=$((gone + 1)) ;;
    *) gone=0 unknown=0 seen=1 ;;
    esac
}

# fail CODE NAME CONTAINER WHY: tells the host half which container it was, puts everything back, exits.
fail() {
    printf 'failed %s\n' "$3"
    say "${2%.next} does not go live: $4"
    put_back
    exit "$1"
}
