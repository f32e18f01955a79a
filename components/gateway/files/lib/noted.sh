# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# Who asked for a move: whoever holds the stack's lock says so in its first line, as flat JSON, which is kept beside the
# receipt. It is no part of the spec: what changes with every deploy would make a switch run again. Needs $GW.

NOTE_BYTES=4096

# noted: of the command that is at work now. Empty where nobody holds the lock, as with a plain `pulumi up`; what a killed
# command left in it is nobody's.
noted() {
    lock=${GW%/gateway}/lock
    [ -s "$lock" ] || return 0
    if flock -n -s "$lock" true 2>/dev/null; then return; fi
    head -n 1 "$lock" 2>/dev/null | flat_json
}

# flat_json <LINE: that line, if it is one JSON object of strings and whole numbers, and not longer than need be.
flat_json() {
    head -c "$NOTE_BYTES" | LC_ALL=C grep -Ex -m 1 \
        '\{"[a-z]+": ("([^"\\[:cntrl:]]|\\["\\/bfnrtu])*"|[0-9]+)(, "[a-z]+": ("([^"\\[:cntrl:]]|\\["\\/bfnrtu])*"|[0-9]+))*\}' || :
}
