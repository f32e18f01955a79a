# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# One container that runs to its end. Needs say.sh host.sh, $container $timeout $grace of stdin.

# asked FORMAT: what Docker says of the container; empty when it does not exist. Fails when Docker does not answer.
asked() {
    code=0
    said=$(timeout 20 docker inspect -f "$1" "$container" 2>&1) || code=$?
    case $code$said in
    0*) printf %s "$said" ;;
    *"o such "*) ;;
    *) die "$UNPROVED" "Docker says nothing about container $container: $said" ;;
    esac
}

# state_of_run: created, running, exited, or whatever else Docker calls it.
state_of_run() { asked '{{.State.Status}}'; }

# left_to_run: seconds of its time that a running container has left; 0 when it is over. Counted from its own start, so
# that whoever looks, and however late, means the same moment.
left_to_run() {
    began=$(date -d "$(asked '{{.State.StartedAt}}')" +%s)
    left=$((began + timeout - $(date +%s)))
    if [ "$left" -gt 0 ]; then echo "$left"; else echo 0; fi
}

# wait_for_end SECONDS: true when it ended by itself within them; then sets ended to its exit code.
wait_for_end() {
    ended=$(timeout "$1" docker wait "$container" 2>/dev/null) && [ -n "$ended" ] && return
    [ "$(state_of_run)" != running ] || return
    ended=$(asked '{{.State.ExitCode}}') || exit
}

# stop_it: TERM, its grace, KILL.
stop_it() { timeout $((grace + 30)) docker stop -t "$grace" "$container" >/dev/null 2>&1 || :; }
