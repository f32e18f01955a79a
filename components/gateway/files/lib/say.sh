# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# Words for people on stderr, one JSON line for programs on stdout, and the clock.
# Needs $app for messages; everything that sources this sets it.

# Exit codes, the same in both halves and in the manual.
# shellcheck disable=SC2034 # used by the scripts that source this
USAGE=64 REFUSED=65 UNPROVED=70 LEFT=71 BUSY=75 BARRED=77

# say TEXT: one message, with its subject.
say() { printf '%s: %s\n' "$app" "$1" >&2; }

# die CODE TEXT
die() {
    say "$2"
    exit "$1"
}

# Milliseconds since 1970.
ms() { echo $(($(date +%s%N) / 1000000)); }

# now_utc: as receipts, bars and people read it.
now_utc() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# seconds MS: 1234 as 1.2
seconds() { echo "$(($1 / 1000)).$(($1 % 1000 / 100))"; }

# quoted VALUE: a JSON string, or null for an empty value. Values are names made of harmless characters.
quoted() { if [ -n "$1" ]; then printf '"%s"' "$1"; else printf null; fi; }

# harmless VALUE: fit for a JSON string, a TSV field and a message, whoever wrote it.
harmless() {
    case $1 in
    *[!A-Za-z0-9\ .,:/%+_-]*) printf '%s' "$1" | tr '\000-\037\177' ' ' | tr -d '\\"' ;;
    *) printf %s "$1" ;;
    esac
}

# step NAME: "so far". Where state/steps is a fifo, whoever made it hears "APP NAME" and answers on state/steps.go when it
# may go on: so a test can break anything at exactly this point. Costs one test elsewhere.
step() {
    [ -p "$state/steps" ] || return 0
    printf '%s %s\n' "$app" "$1" >"$state/steps"
    IFS= read -r _ <"$state/steps.go"
}
