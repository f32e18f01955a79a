# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# The spec on stdin: `key value` lines, and at last a line `end`: half a spec, from a sender that was killed, would be read
# as the wish to drop the rest. Needs say.sh.

NEWLINE='
'

# read_spec: sets gateway release upstreams health path host arguments pattern passes timeout container port limit waited.
# upstreams and arguments hold one per line. An unknown key is refused: it is a newer tandem's, or a mistake.
read_spec() {
    gateway='' release='' upstreams='' health='' path='/' host='' arguments='' pattern='' passes=3 timeout=30
    container='' port='' limit=60 waited=0
    spec='' ended=''
    while IFS= read -r line || [ -n "$line" ]; do
        [ -n "$line" ] || continue
        if [ "$line" = end ]; then ended=1 && continue; fi
        spec="$spec$line$NEWLINE"
        key=${line%% *}
        value=${line#* }
        case $key in
        gateway) gateway=$(name "$key" "$value") || exit ;;
        release) release=$(name "$key" "$value") || exit ;;
        container) container=$(name "$key" "$value") || exit ;;
        upstream) upstreams="$upstreams$(upstream "$value")$NEWLINE" || exit ;;
        health) health=$(one_of "$key" "$value" http exec log) || exit ;;
        path) path=$value ;;
        host) host=$value ;;
        arg) arguments="$arguments$value$NEWLINE" ;;
        pattern) pattern=$value ;;
        passes) passes=$(number "$key" "$value") || exit ;;
        timeout) timeout=$(number "$key" "$value") || exit ;;
        port) port=$(number "$key" "$value") || exit ;;
        limit) limit=$(number "$key" "$value") || exit ;;
        waited) waited=$(number "$key" "$value") || exit ;; # ms the host half spent on health before
        *) die "$USAGE" "the spec has an unknown key '$key'; this host's scripts and the program differ in version: run the update again" ;;
        esac
    done
    [ -n "$ended" ] || die "$USAGE" "the spec has no end: whoever sent it was stopped half-way; nothing was changed, run the update again"
    check_release
}

# The release that shall be live must be one of those that exist.
check_release() {
    [ -z "$release" ] || [ -z "$upstreams" ] || [ -n "$(container_of "$release" "$upstreams")" ] ||
        die "$USAGE" "release $release shall be live, but the spec has no upstream line for it"
}

# app_name VALUE: the first argument of every script.
app_name() {
    case $1 in
    '' | *[!a-z0-9-]* | -*) printf "usage: %s APP <spec, APP like web-admin, not '%s'\n" "${0##*/}" "$1" >&2 && exit "$USAGE" ;;
    esac
    printf %s "$1"
}

name() {
    case $2 in
    '' | *[!A-Za-z0-9_.-]* | [.-]*) die "$USAGE" "$1 '$2' in the spec is not a name, for example green-1a2b3c4d" ;;
    esac
    printf %s "$2"
}

number() {
    case $2 in
    '' | *[!0-9]*) die "$USAGE" "$1 '$2' in the spec is not a whole number" ;;
    esac
    printf %s "$2"
}

# one_of KEY VALUE A B C
one_of() {
    case " $3 $4 $5 " in
    *" $2 "*) printf %s "$2" ;;
    *) die "$USAGE" "$1 '$2' in the spec is not one of: $3, $4, $5" ;;
    esac
}

# upstream "RELEASE CONTAINER PORT": checked, as it was.
upstream() {
    # shellcheck disable=SC2086 # three words
    set -- $1
    [ $# = 3 ] || die "$USAGE" "an upstream line in the spec is not 'upstream RELEASE CONTAINER PORT'"
    checked=$(name release "$1") && checked="$checked $(name container "$2")" && checked="$checked $(number port "$3")" || exit
    printf %s "$checked"
}

# container_of RELEASE UPSTREAMS
container_of() { printf '%s' "$2" | awk -v r="$1" '$1 == r { print $2; exit }'; }
