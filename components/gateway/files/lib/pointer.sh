# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# The flip by the pointer: the way back without a reload, in milliseconds, for emergencies and for the watch. While the file
# that the live file names exists, traffic goes to `alt`. No lock that a switch holds: a switch that runs meanwhile sees
# it before it moves traffic and gives up. The next switch writes it into the weights.
# Needs say.sh live.sh nginx.sh barred.sh receipts.sh flip.sh; $app, $live, $live_dir.

# flip_back WHY [ID]: traffic goes to the live file's `alt`, proved; the release that had it is barred; stdout: the receipt.
# With an ID only if the live file still has that serial. Returns 0; BUSY: refused, nothing was changed; UNPROVED: tried and
# taken back. $refusal then says why, without the app's name. The verdict of a flip that was pending becomes bad.
flip_back() { one_at_a_time flip_back_alone "$@"; }

flip_back_alone() {
    flip_began=$(ms)
    read_live "$live"
    may_go_back "${2:-}" || return "$BUSY"
    alt_answers || return "$BUSY"
    flip_ready=$(ms)
    turn_pointer "$1" || return
    after_flip_back "$1"
}

# finish_flip_back: whoever turned the pointer may have been killed before it barred the loser: that is made up for. False
# when there is nothing to finish.
finish_flip_back() { one_at_a_time finish_alone; }

# one_at_a_time COMMAND...: between a turned pointer and its bar nobody else looks at them.
one_at_a_time() {
    exec 5>>"$state/$app.back.lock"
    flock 5
    code=0
    "$@" || code=$?
    exec 5>&-
    return "$code"
}

finish_alone() {
    read_live "$live"
    pointed || return
    if flipped_back; then return 1; fi
    why=$(cat "$(pointer_file)")
    flip_began=$(ms) flip_ready=$flip_began first_at=$flip_began
    after_flip_back "${why:-switched back}" >/dev/null
}

# flipped_back: whether all that a flip by this pointer leaves is there; the verdict comes last. A live file that moved no
# traffic has no record to hold one.
flipped_back() {
    if [ -f "$(flip_file "$file_serial")" ]; then [ -n "$(flip_fact "$file_serial" settled)" ]; else
        [ -n "$(bar_of "$(loser)" "$(image_of "$(loser)" "$file_images")")" ]
    fi
}

# loser: the release that a turned pointer takes the traffic from.
loser() { if [ "$file_release" = "$file_alt" ]; then printf %s "$file_canary"; else printf %s "$file_release"; fi; }

# may_go_back ID
may_go_back() {
    if [ -n "$1" ] && [ "$1" != "$file_serial" ]; then refusal="another switch has ended meanwhile; nothing was changed"
    elif pointed; then refusal="$file_alt serves already, switched back before; nothing was changed"
    elif [ -z "$file_alt" ]; then refusal="${file_release:-nobody} serves and there is no release to go back to; nothing was changed"
    else return 0; fi
    return 1
}

# One look before it gets everything: any answer of its own will do, but a 5xx where the app is asked for its health.
alt_answers() {
    host=${file_host:-localhost} path=${file_path:-/}
    reply=$(curl -sg -m 2 -o /dev/null -H "Host: $app.probe" -H "X-Tandem-Host: $host" -H "X-Tandem-Release: $file_alt" \
        -w '%{http_code} %header{x-served-by}' "$PROBE$path" || :)
    case $file_health:$reply in
    http:5*) ;;
    *" $file_alt") return 0 ;;
    esac
    refusal="$file_alt does not answer (HTTP ${reply%% *} from $path), so nothing was changed; ${file_release:-nobody} serves, as before"
    return 1
}

# turn_pointer WHY: O_EXCL, so that of two at once one is told that it is late. nginx only looks whether the file is there;
# what it says is for finish_flip_back.
turn_pointer() {
    (set -C && harmless "$1" >"$(pointer_file)") 2>/dev/null || {
        refusal="$file_alt serves already, switched back this moment"
        return "$BUSY"
    }
    older=''
    expect
    if prove "$expected" "$PROBE$path" "$flip_ready"; then return 0; fi
    rm -f "$(pointer_file)"
    refusal="fresh requests got '$got' instead of $file_alt, so the pointer was taken away again; ${file_release:-nobody} serves, as before"
    return "$UNPROVED"
}

# after_flip_back WHY: whoever lost is barred, so that the next update does not bring it back. The verdict is the last word:
# whoever waits for it finds bar and receipt. One that was killed half-way may be repeated, and leaves one receipt.
after_flip_back() {
    why=$(harmless "$1") at=$(now_utc)
    former=$(loser)
    winner=$(image_of "$file_alt" "$file_images")
    bar "$former" "$(image_of "$former" "$file_images")" "$winner" "$at" "$why"
    canary='' percent='' alt=''
    line=$(receipt back "$file_serial" "$file_alt" "$file_release" "$winner" $((flip_ready - flip_began)) \
        $((first_at - flip_ready)) $((first_at - flip_ready)) $((first_at - flip_began)) \
        ",\"barred\":\"$former\",\"why\":\"$why\"")
    has_receipt back "$file_serial" || keep_receipt "$line"
    settle_flip "$file_serial" bad "$why"
    printf '%s\n' "$line"
}
