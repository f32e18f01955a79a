# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# Receipts: state/APP.receipts.jsonl, one JSON line per switch, the last hundred per app. Written where the traffic is
# moved, so that nothing is lost with whoever asked for it. Needs say.sh barred.sh (alone), $app, $state.

RECEIPTS_KEPT=100

# receipt KIND ID RELEASE FROM IMAGE READY FIRST FLIP TOTAL [MORE]: the line. Times in ms; any but KIND may be empty. $canary
# and $percent are who gets a part of the traffic, $alt is the way back, $at is now_utc, $noted who asked for it (lib/noted.sh). MORE: further fields, as `,"key":"value"`.
receipt() {
    if [ "$3" = "$4" ]; then moved_word=false; else moved_word=true; fi
    printf '{"ok":true,"app":"%s","kind":"%s","id":%s,"release":%s,"from":%s,"moved":%s,"image":%s,"canary":%s,"canary_release":%s,"back":%s,"ready_ms":%s,"first_ms":%s,"flip_ms":%s,"total_ms":%s,"at":"%s","noted":%s%s}\n' \
        "$app" "$1" "$(quoted "$2")" "$(quoted "$3")" "$(quoted "$4")" "$moved_word" "$(quoted "$5")" "${percent:-null}" \
        "$(quoted "$canary")" "$(quoted "$alt")" "$6" "$7" "$8" "$9" "$at" "${noted:-null}" "${10:-}"
}

# keep_receipt LINE
keep_receipt() { alone append_receipt "$1"; }

# has_receipt KIND ID: whether one of these is kept.
has_receipt() { grep -Fqs "\"kind\":\"$1\",\"id\":$(quoted "$2")," "$state/$app.receipts.jsonl"; }

append_receipt() {
    receipts=$state/$app.receipts.jsonl
    { if [ -f "$receipts" ]; then tail -n $((RECEIPTS_KEPT - 1)) "$receipts"; fi && printf '%s\n' "$1"; } >"$receipts.new"
    mv "$receipts.new" "$receipts"
}
