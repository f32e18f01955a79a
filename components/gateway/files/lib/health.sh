# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# Health that the host asks for: a command inside the container, or a line in its log. Needs say.sh host.sh, the spec.

# alive RELEASE CONTAINER: whether Docker still has it running.
alive() {
    state_of=$(restarts "$2")
    case $state_of in
    "running "*) ;;
    "restarting "*) unfit "$LEFT" "$1" "$2" "it exited and Docker starts it again" ;;
    '') unfit "$LEFT" "$1" "$2" "its container $2 does not exist" ;;
    *) unfit "$LEFT" "$1" "$2" "its container is ${state_of% *}" ;;
    esac
}

# healthy RELEASE CONTAINER: returns when it is ready; else says why and exits. A restart in between is a failed boot.
healthy() {
    since=$(ms)
    at_first=$state_of
    passed=0
    while :; do
        if "by_$health" "$2"; then passed=$((passed + 1)); else passed=0; fi
        alive "$1" "$2"
        [ "$state_of" = "$at_first" ] || unfit "$LEFT" "$1" "$2" "it exited and was restarted"
        [ "$passed" -lt "$passes" ] || return 0
        [ $(($(ms) - since)) -lt $((timeout * 1000)) ] || unfit "$UNPROVED" "$1" "$2" "not ready within its $timeout s by its $health health check"
        sleep 0.05
    done
}

by_exec() {
    set -f
    old_ifs=$IFS
    IFS=$NEWLINE
    # shellcheck disable=SC2086 # one argument per line
    set -- "$1" $arguments
    IFS=$old_ifs
    set +f
    timeout 10 docker exec "$@" >/dev/null 2>&1 </dev/null
}

# Only lines since its last end count: a container that was restarted has said so before. Not since its start: Docker
# notes that a moment late, when a quick app has already said it. Never ended = the year 1.
by_log() {
    ended=$(timeout 20 docker inspect -f '{{.State.FinishedAt}}' "$1") || return 1
    case $ended in 0001-*) ended=0 ;; esac
    passed=$passes
    timeout 20 docker logs --since "$ended" "$1" 2>&1 | grep -Eq -e "$pattern"
}

# who_serves: by the live file; but an app that stops before it starts has lost its old container by now.
who_serves() {
    serving=$(serves_in "$live")
    where=$(container_of "$serving" "$(upstreams_in "$live")")
    if [ -z "$serving" ]; then say "nobody serves, as before"
    elif [ -n "$gateway" ] || running "$where"; then say "$serving serves, as before"
    else say "$serving was stopped to make room and is gone; nothing of this app runs now"; fi
}

# check_pattern: one that grep does not understand would only look like an app that never gets ready.
check_pattern() {
    code=0
    printf '' | grep -E -e "$pattern" >/dev/null 2>&1 || code=$?
    [ "$code" -lt 2 ] || die "$USAGE" "health.pattern '$pattern' is no extended regular expression; 'grep -E' says what it takes"
}

# unfit CODE RELEASE CONTAINER WHY
unfit() {
    say "$2 does not go live: $4"
    who_serves
    refuse_candidate "$3"
    exit "$1"
}
