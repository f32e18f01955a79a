# shellcheck shell=sh
# How the bootstrap speaks, writes and reports. Words that change something say so by `did`.

UNFIT=78 FAILED=70 BUSY=75
log=/var/log/tandem-bootstrap.log

say() { printf 'bootstrap: %s\n' "$1" >&2; }

# unfit TEXT: the machine is not as it must be. Only before anything was changed.
unfit() {
    say "$1"
    exit "$UNFIT"
}

# broken TEXT: a step failed on the way; the next run goes on from there.
broken() {
    say "$1"
    exit "$FAILED"
}

# step NAME FUNCTION: runs it, and tells what it did.
step() {
    changes='' note=''
    "$2"
    result=same
    [ -z "$changes" ] || result=changed
    printf '{"step":"%s","result":"%s","detail":"%s"}\n' "$1" "$result" "$(harmless "${changes:-$note}")" || :
}

# did WHAT: something was changed in this step.
did() { changes=${changes:+$changes, }$1; }

# harmless TEXT: fit for a JSON string.
harmless() { printf '%s' "$1" | tr '\000-\037\177"\\' ' '; }

# put FILE MODE [OWNER] <content: makes the file so, in one rename. True when that changed it.
put() {
    mkdir -p "${1%/*}"
    cat >"$1.tandem-new"
    chmod "$2" "$1.tandem-new"
    [ -z "${3:-}" ] || chown "$3" "$1.tandem-new"
    if cmp -s "$1" "$1.tandem-new" && [ "$(stat -c '%a %U:%G' "$1")" = "$(stat -c '%a %U:%G' "$1.tandem-new")" ]; then
        rm "$1.tandem-new"
        return 1
    fi
    mv "$1.tandem-new" "$1"
}

# quietly COMMAND...: its output goes to the log; when it fails, the end of it to people.
quietly() {
    code=0
    "$@" >"$log.now" 2>&1 </dev/null || code=$?
    cat "$log.now" >>"$log"
    [ "$code" = 0 ] || tail -n 8 "$log.now" | sed 's/^/  | /' >&2
    rm -f "$log.now"
    return "$code"
}

# alone: one at a time on this machine; a killed one gives its lock back with its last process.
alone() {
    exec 9>/run/tandem-bootstrap.lock
    flock -w 300 9 || {
        say "another bootstrap has been at work here for 300 s; 'fuser -v /run/tandem-bootstrap.lock' shows it"
        exit "$BUSY"
    }
}

# holds FILE LINE: the file has exactly this line.
holds() { grep -Fqxs -e "$2" "$1"; }
