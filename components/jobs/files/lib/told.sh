# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# What a script is told on stdin: `key value` lines, and at last a line `end`: half of it, from a sender that was killed,
# does nothing. Needs say.sh.

NEWLINE='
'

# read_told: sets job release image container timeout grace health arguments pattern passes lines (the `cron` ones).
read_told() {
    job='' release='' image='' container='' timeout=300 grace=10 health='' arguments='' pattern='' passes=3 lines=''
    ended=''
    while IFS= read -r line || [ -n "$line" ]; do
        [ -n "$line" ] || continue
        if [ "$line" = end ]; then ended=1 && continue; fi
        key=${line%% *}
        value=${line#* }
        case $key in
        job) job=$(word "$key" "$value") || exit ;;
        release) release=$(word "$key" "$value") || exit ;;
        container) container=$(word "$key" "$value") || exit ;;
        health) health=$(word "$key" "$value") || exit ;;
        image) image=$value ;;
        arg) arguments="$arguments$value$NEWLINE" ;;
        pattern) pattern=$value ;;
        timeout) timeout=$(number "$key" "$value") || exit ;;
        grace) grace=$(number "$key" "$value") || exit ;;
        passes) passes=$(number "$key" "$value") || exit ;;
        cron) lines="$lines$value$NEWLINE" ;;
        *) die "$USAGE" "unknown key '$key' on stdin; this host's scripts and the program differ in version: run the update again" ;;
        esac
    done
    [ -n "$ended" ] || die "$USAGE" "stdin has no line 'end': whoever sent it was stopped half-way; nothing was done, run the update again"
}

# need KEY VALUE
need() { [ -n "$2" ] || die "$USAGE" "stdin lacks a line '$1 …'"; }

word() {
    case $2 in
    '' | *[!A-Za-z0-9_.-]* | [.-]*) die "$USAGE" "$1 '$2' on stdin is not a name, for example web-emails-1a2b3c4d" ;;
    esac
    printf %s "$2"
}

number() {
    case $2 in
    '' | *[!0-9]*) die "$USAGE" "$1 '$2' on stdin is not a whole number" ;;
    esac
    printf %s "$2"
}

# app_name VALUE: the first argument of every script.
app_name() {
    case $1 in
    '' | *[!a-z0-9-]* | -*) printf "usage: %s APP <stdin, APP like web-admin, not '%s'\n" "${0##*/}" "$1" >&2 && exit "$USAGE" ;;
    esac
    printf %s "$1"
}
