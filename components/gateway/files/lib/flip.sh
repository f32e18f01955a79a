# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# The record of one flip: state/flips/APP.ID, lines "key value" that are only ever appended; of a key the last line counts.
# So the switch, the watch, a pointer flip and a restarted gateway may all write without losing each other's word.
# Needs say.sh, $app and $GW (places on the host, /gw in the gateway).
#
#   id app release from back image canary window bad slower    what was asked for; "-" = none; id = serial of the live file
#   container port   of `from`                previous          id of the flip before
#   began            ms: opened               flipped           ms: the live file carries the id
#   baseline         "requests failed p95"    until             ms: the end of the window, or of the longer wait
#   spent            ms of the window over    seen, failed      what was judged so far
#   verdict          pending good bad unjudged superseded none (window 0); why: in words
#   settled          ms: the verdict is final and won't change  down "from to"   ms: the gateway did not run
#   drained          ms: `from` had lost its last connection    dropped          ms: put back, there was no flip
#   unknown          what the ledger cannot know, why   cut              connections that the guard's limit cut
#   done             ms: the ledger is written; nobody looks after this record any more
# state/APP.watch holds the id of the newest. flips/APP.ID.open (the pid of its watch) exists until it is done.

FLIPS_KEPT=20

flip_file() { printf '%s/state/flips/%s.%s' "$GW" "$app" "$1"; }

# newest_flip: its id; empty when there was none.
newest_flip() { cat "$GW/state/$app.watch" 2>/dev/null || :; }

# note_flip ID KEY VALUE
note_flip() { printf '%s %s\n' "$2" "$3" >>"$(flip_file "$1")"; }

# flip_fact ID KEY: the last value; empty when there is none.
flip_fact() {
    awk -v key="$2" '$1 == key { value = substr($0, length(key) + 2) } END { if (value != "" && value != "-") print value }' \
        "$(flip_file "$1")" 2>/dev/null || :
}

# open_flip ID RELEASE FROM BACK IMAGE CANARY: before the weights are written. Any but ID and RELEASE may be empty.
# ID is the serial that the live file is about to carry. $window, $bad and $slower are the spec's. Starts the watch.
open_flip() {
    [ -n "$2" ] || return 0
    flip=$1
    mkdir -p "$GW/state/flips"
    away=$(awk -v name="${app}_$3" '$1 == "upstream" && $2 == name {
        for (i = 3; i < NF; i++) if ($i == "server") { split($(i + 1), address, ":"); print address[1], address[2]; exit } }' \
        "$GW/live/$app.conf" 2>/dev/null || :)
    away=${away:--}
    if [ "${window:-0}" = 0 ]; then verdict=none; else verdict=pending; fi
    {
        printf 'id %s\napp %s\nrelease %s\nfrom %s\nback %s\n' "$1" "$app" "$2" "${3:--}" "${4:--}"
        printf 'image %s\ncanary %s\nwindow %s\nbad %s\nslower %s\n' "${5:--}" "${6:--}" "${window:-0}" "${bad:-switch_back}" "${slower:-warn}"
        printf 'container %s\nport %s\nprevious %s\nbegan %s\n' "${away% *}" "${away#* }" "$(newest_flip | sed 's/^$/-/')" "$(ms)"
        printf 'seen 0\nfailed 0\nverdict %s\nwhy -\n' "$verdict"
    } >"$(flip_file "$1")"
    name_newest "$1"
    start_watch "$1"
    on_its_own rotate # if it should have died; a second one ends at once
    forget_flips
}

# drop_flip: what open_flip announced was put back; the flip before is the newest again.
drop_flip() {
    [ -n "${flip:-}" ] || return 0
    note_flip "$flip" dropped "$(ms)"
    name_newest "$(flip_fact "$flip" previous)"
    flip=''
}

name_newest() {
    printf '%s\n' "$1" >"$GW/state/$app.watch.new"
    mv "$GW/state/$app.watch.new" "$GW/state/$app.watch"
}

# start_watch ID: on its own, so that it outlives whoever started it.
start_watch() {
    : >"$(flip_file "$1").open"
    on_its_own watch "$app" "$1"
}

# on_its_own SCRIPT [APP ID]: holds none of our locks; its words go where nginx's go.
on_its_own() { (script=$GW/current/bin/$1 && shift && exec setsid nohup "$script" "$@") </dev/null >/proc/1/fd/2 2>&1 4>&- 6>&- 7>&- 8>&- 9>&- & }

# settle_flip ID VERDICT WHY: makes the verdict final, once: what comes later is another flip's business. An ID without a
# record is the serial of a live file that moved no traffic.
settle_flip() {
    [ -f "$(flip_file "$1")" ] || return 0
    exec 6>>"$GW/state/flips/$app.lock"
    flock 6
    if [ -z "$(flip_fact "$1" settled)" ]; then
        printf 'verdict %s\nwhy %s\nsettled %s\n' "$2" "${3:--}" "$(ms)" >>"$(flip_file "$1")"
    fi
    exec 6>&-
}

# forget_flips: the records of the last FLIPS_KEPT flips stay, and those that are still looked after.
forget_flips() {
    set -- "$GW/state/flips/$app."*[0-9]
    while [ $# -gt "$FLIPS_KEPT" ]; do
        [ -e "$1.open" ] || rm -f "$1" "$1.counts"
        shift
    done
}

# lost_traffic RELEASE: "ms id" of the newest flip that took the traffic from it, also of a pointer flip; empty when none
# is known.
lost_traffic() {
    set -- "$1" "$GW/state/flips/$app."*[0-9]
    [ -f "$2" ] || return 0
    who=$1
    shift
    awk -v release="$who" '
        function moved(ms, file) {
            if (ms == "" || ms + 0 <= at + 0) return
            at = ms
            id = fact[file, "id"]
        }
        { fact[FILENAME, $1] = $2; files[FILENAME] }
        END {
            for (file in files) {
                if (fact[file, "dropped"] != "") continue
                if (fact[file, "from"] == release) moved(fact[file, "flipped"], file)
                if (fact[file, "release"] == release && fact[file, "verdict"] == "bad") moved(fact[file, "settled"], file)
            }
            if (at != "") print at, id
        }' "$@"
}
