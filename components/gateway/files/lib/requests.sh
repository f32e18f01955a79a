# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# The request log for machines: $REQUESTS and the older files .1 to .4 that bin/rotate keeps. Needs nginx.sh.

CHUNK=4194304 # bytes read first: about 40,000 requests

# with_still_files COMMAND...: nothing is rotated while it reads.
with_still_files() {
    (
        exec 4>>"$GW/log/rotate.lock"
        flock -s 4
        "$@"
    )
}

# ms_of_line <LINE: when it was written; far in the future without one.
ms_of_line() { awk -F '\t' '{ printf "%.0f", $1 * 1000; found = 1; exit } END { if (!found) print 99999999999999 }'; }

# starts FILE: ms of its first line.
starts() { head -n 1 "$1" | ms_of_line; }

# lines_since MS: all lines that are younger, and some that are not; oldest first.
lines_since() {
    if [ "$(tail -c "$CHUNK" "$REQUESTS" 2>/dev/null | sed -n 2p | ms_of_line)" -le "$1" ]; then
        tail -c "$CHUNK" "$REQUESTS" | sed 1d
        return
    fi
    since=$1
    set --
    for file in "$REQUESTS" "$REQUESTS.1" "$REQUESTS.2" "$REQUESTS.3" "$REQUESTS.4"; do
        [ -f "$file" ] || break
        set -- "$file" "$@"
        [ "$(starts "$file")" -gt "$since" ] || break
    done
    [ $# = 0 ] || cat "$@"
}
