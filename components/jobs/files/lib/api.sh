# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# Docker by its socket: the scheduler's container has no network, and no docker command.

SOCKET=${SOCKET:-/var/run/docker.sock}

# start_container NAME: Docker's status code: 204 started, 304 it runs already, 404 there is none; 000 no answer.
start_container() {
    curl -s -m 30 -o /dev/null -w '%{http_code}' --unix-socket "$SOCKET" -X POST "http://docker/containers/$1/start" || :
}

# stop_container NAME: TERM, the container's own grace, KILL.
stop_container() { curl -s -m 600 -o /dev/null --unix-socket "$SOCKET" -X POST "http://docker/containers/$1/stop" || :; }

# run_of NAME: "STATUS STARTED FINISHED EXITCODE" of its latest run; empty when there is no such container.
run_of() {
    curl -s -m 10 --unix-socket "$SOCKET" "http://docker/containers/$1/json" |
        sed -n 's/.*"State":{"Status":"\([a-z]*\)".*"ExitCode":\([0-9]*\).*"StartedAt":"\([^"]*\)","FinishedAt":"\([^"]*\)".*/\1 \3 \4 \2/p'
}
