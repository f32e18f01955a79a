# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# The spec on stdin: `key value` lines, and at last a line `end`: half a spec, from a sender that was killed, would be read
# as the wish to drop the rest. Needs say.sh.

NEWLINE='
'

# read_spec: sets gateway release percent canary back upstreams images health path host arguments pattern passes timeout
# window bad slower container port limit places waited looks noted.
# upstreams ("release container port"), images ("release image"), arguments and places hold one per line; `canary` is the release
# that gets `percent` of the traffic. An unknown key is refused: it is a newer tandem's, or a mistake.
read_spec() {
    gateway='' release='' percent='' canary='' back='' upstreams='' images='' health='' path='/' host='' arguments=''
    pattern='' passes=3 timeout=30 window=0 bad=switch_back slower=warn container='' port='' limit=60 waited=0
    places='' looks='' noted='' spec='' ended=''
    while IFS= read -r line || [ -n "$line" ]; do
        [ -n "$line" ] || continue
        if [ "$line" = end ]; then ended=1 && continue; fi
        spec="$spec$line$NEWLINE"
        key=${line%% *}
        value=${line#* }
        case $key in
        gateway) gateway=$(name "$key" "$value") || exit ;;
        release) release=$(name "$key" "$value") || exit ;;
        canary) percent=$(percentage "${value%% *}") && canary=$(name "$key" "${value#* }") || exit ;;
        back) back=$(name "$key" "$value") || exit ;;
        container) container=$(name "$key" "$value") || exit ;;
        upstream) upstreams="$upstreams$(upstream "$value")$NEWLINE" || exit ;;
        image) images="$images$(image "$value")$NEWLINE" || exit ;;
        health) health=$(one_of "$key" "$value" http exec log) || exit ;;
        path) path=$value ;;
        host) host=$value ;;
        arg) arguments="$arguments$value$NEWLINE" ;;
        pattern) pattern=$value ;;
        passes) passes=$(number "$key" "$value") || exit ;;
        timeout) timeout=$(number "$key" "$value") || exit ;;
        window) window=$(number "$key" "$value") || exit ;;
        bad) bad=$(one_of "$key" "$value" switch_back warn) || exit ;;
        slower) slower=$(one_of "$key" "$value" switch_back warn off) || exit ;;
        port) port=$(number "$key" "$value") || exit ;;
        limit) limit=$(number "$key" "$value") || exit ;;
        place) places="$places$(place "$value")$NEWLINE" || exit ;;
        looks) looks=1 ;; # the host half looks into the candidates once they are ready; see lib/contract.sh
        waited) waited=$(number "$key" "$value") || exit ;; # ms the host half spent on health before
        noted) noted=$value ;; # who asked for it, from the host half; see lib/noted.sh
        *) die "$USAGE" "the spec has an unknown key '$key'; this host's scripts and the program differ in version: run the update again" ;;
        esac
    done
    [ -n "$ended" ] || die "$USAGE" "the spec has no end: whoever sent it was stopped half-way; nothing was changed, run the update again"
    check_release
}

# Whatever shall get traffic, now or by the pointer, must be one of the releases that exist.
check_release() {
    [ -z "$upstreams" ] || exists "$release" "shall be live"
    exists "$canary" "shall get $percent percent"
    [ "$canary" != "$release" ] || [ -z "$canary" ] ||
        die "$USAGE" "release $canary cannot be canary and live at once; a canary is the release that stands by"
    [ -z "$canary" ] || [ -n "$release" ] || die "$USAGE" "canary $canary in the spec is beside no live release"
    exists "$back" "shall be the way back"
    [ -z "$back" ] || [ -n "$canary" ] || [ "$back" != "$release" ] ||
        die "$USAGE" "release $back serves, so it is no way back from itself"
}

# exists RELEASE FOR
exists() {
    [ -z "$1" ] || [ -n "$(container_of "$1" "$upstreams")" ] ||
        die "$USAGE" "release $1 $2, but the spec has no upstream line for it"
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

# percentage VALUE: 1 to 99. With 0 there is no canary, with 100 it is the live release.
percentage() {
    case $1 in
    [1-9] | [1-9][0-9]) printf %s "$1" ;;
    *) die "$USAGE" "canary '$1' in the spec is not 1 to 99 percent; 0 is 'no canary', 100 is a switch" ;;
    esac
}

# one_of KEY VALUE A B...
one_of() {
    key=$1 value=$2
    shift 2
    case " $* " in
    *" $value "*) printf %s "$value" ;;
    *) die "$USAGE" "$key '$value' in the spec is not one of: $*" ;;
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

# image "RELEASE IMAGE"
image() {
    case $1 in
    *[!A-Za-z0-9._:/@+\ -]* | *" "*" "* | [!A-Za-z0-9]* | *" ") set -- '' ;;
    *" "*) printf %s "$1" && return ;;
    esac
    die "$USAGE" "an image line in the spec is not 'image RELEASE IMAGE'"
}

# place "WORDS PATH"
place() {
    case $1 in
    *" "*" "* | *[!A-Za-z0-9._@%+=~*?/,:\ -]*) set -- '' ;;
    exists*" /"?* | absent" /"?*) printf %s "$1" && return ;;
    esac
    die "$USAGE" "a place line in the spec is not 'place WORDS PATH'"
}

# image_of RELEASE IMAGES: in the shell alone, as a flip by the pointer asks it.
image_of() {
    while read -r of what; do
        if [ "$of" = "$1" ]; then printf %s "$what" && break; fi
    done <<IMAGES
$2
IMAGES
}

# container_of RELEASE UPSTREAMS
container_of() { printf '%s' "$2" | awk -v r="$1" '$1 == r { print $2; exit }'; }
