# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# What an app expects of paths in its container: $places of the spec, "WORDS PATH" per line. WORDS begin with exists or
# absent; then, with commas between: mounted or unmounted, writable or unwritable, owner=USER[:GROUP].
# app/look looks at them inside the container; what is mounted Docker knows. Needs say.sh spec.sh, $places, $lib.

LOOK_SECONDS=10 # for all places of one container

# contract_of CONTAINER: a line per word: word, path, yes or no or unknown, what was found; tabs between.
contract_of() {
    # shellcheck disable=SC2016 # a template of docker's
    mounts=$(timeout 20 docker inspect -f '{{range .Mounts}}{{.Destination}} {{.Type}} {{.Name}}{{println}}{{end}}' "$1" 2>/dev/null) || return
    looked=$(inside "$1") || :
    case $looked in
    *"${NEWLINE}end" | end) printf '%s\n' "${looked%end}" ;;
    *) from_outside "$1" ;;
    esac
    each_place mounted_there
}

# inside CONTAINER: by its own sh.
inside() {
    set -f
    old_ifs=$IFS
    IFS=$NEWLINE
    # shellcheck disable=SC2086 # one place per line
    set -- "$1" "$(cat "$lib/../app/look")" $places
    IFS=$old_ifs
    set +f
    box=$1 script=$2
    shift 2
    timeout "$LOOK_SECONDS" docker exec "$box" sh -c "$script" look "$@" 2>/dev/null </dev/null
}

# each_place FUNCTION ARGS...: FUNCTION ARGS... WORD PATH for every word.
each_place() {
    printf %s "$places" | while read -r words path; do
        while [ -n "$words" ]; do
            "$@" "${words%%,*}" "$path"
            case $words in *,*) words=${words#*,} ;; *) words='' ;; esac
        done
    done
}

answer() { printf '%s\t%s\t%s\t%s\n' "$@"; }

# mounted_there WORD PATH: whether anything is mounted there, or above.
mounted_there() {
    case $1 in mounted | unmounted) ;; *) return 0 ;; esac
    holder=$(holder_of "$2")
    case $1:$holder in
    mounted:*' unnamed') answer "$1" "$2" no "${holder% *} is a volume without a name, of the image's own" ;;
    mounted:) answer "$1" "$2" no '' ;;
    unmounted:?*) answer "$1" "$2" no "${holder% *}" ;;
    *) answer "$1" "$2" yes "${holder% *}" ;;
    esac
}

# holder_of PATH: destination and type of the nearest mount; empty for none. A volume without a name, which an image may
# ask for and which goes with the container, is of type "unnamed".
holder_of() {
    printf '%s\n' "$mounts" | awk -v path="$1" '
        $1 != "" && (path == $1 || index(path, $1 "/") == 1) && length($1) > length(place) {
            place = $1
            type = $2 == "volume" && $3 ~ /^[0-9a-f]+$/ && length($3) == 64 ? "unnamed" : $2
        }
        END { if (place != "") print place, type }'
}

# from_outside CONTAINER: where it has no sh, what a copy of the path tells.
from_outside() { each_place copied "$1"; }

# copied CONTAINER WORD PATH: Docker copies no tmpfs, and knows no patterns and nobody's rights.
copied() {
    case $2:$3 in
    mounted:* | unmounted:*) return 0 ;;
    *[*?]* | writable:* | unwritable:*) answer "$2" "$3" unknown 'its image has no sh' && return ;;
    esac
    case $(holder_of "$3") in *' tmpfs') answer "$2" "$3" unknown 'its image has no sh' && return ;; esac
    case $2 in owner=*) followed=-L ;; *) followed='' ;; esac
    # shellcheck disable=SC2086 # an option or none
    headed=$(timeout "$LOOK_SECONDS" docker cp $followed "$1:$3" - 2>/dev/null </dev/null | head -c 512 | LC_ALL=C tar -tv --numeric-owner -f - 2>/dev/null) || :
    owner=$(printf %s "$headed" | awk '{ sub("/", ":", $2); print $2; exit }')
    case $2:$owner in
    exists: | absent:?*) answer "$2" "$3" no '' ;;
    exists:* | absent:) answer "$2" "$3" yes '' ;;
    owner=*:) ;;
    "owner=$owner:$owner" | "owner=${owner%:*}:$owner") answer "$2" "$3" yes "$owner" ;;
    *) answer "$2" "$3" no "$owner" ;;
    esac
}

# broken_in CONTAINER: in words what is not as expected, one per line; empty when all is well. Says what nobody could see.
broken_in() {
    if ! seen_in=$(contract_of "$1"); then echo "its container $1 cannot be looked into" && return; fi
    printf '%s\n' "$seen_in" | awk -F '\t' '$3 == "unknown" { print $1, $2 ": " $4 }' | while read -r one; do
        say "expects: not looked at: $one"
    done
    printf '%s\n' "$seen_in" | while IFS='	' read -r word path so found; do
        if [ "$so" = no ]; then printf '%s\n' "$(harmless "$(broken "$word" "$path" "$found")")"; fi
    done
}

# broken WORD PATH FOUND
broken() {
    case $1 in
    exists) echo "$2 is not there" ;;
    absent) echo "${3:-$2} is there and must not be" ;;
    mounted) echo "nothing that stays is mounted at $2${3:+: $3}" ;;
    unmounted) echo "$2 is on a mount: $3" ;;
    writable) echo "its user $3 cannot write to $2" ;;
    unwritable) echo "its user $3 can write to $2" ;;
    owner=*) echo "$2 belongs to $3 instead of ${1#owner=}" ;;
    esac
}

# joined: lines as one.
joined() { awk '{ line = line (NR > 1 ? "; " : "") $0 } END { print line }'; }

# look_when_ready CANDIDATES: beside the gateway's half, which has proved them ready, says so with an id of its own in
# state/APP.ready, and waits for state/APP.kept: "ID kept", or "ID broken CONTAINER" and why. Ends when this script does.
# CANDIDATES: "release container port" per line.
look_when_ready() {
    until [ -s "$state/$app.ready" ]; do
        kill -0 $$ 2>/dev/null || return 0
        sleep 0.05
    done
    read -r id <"$state/$app.ready"
    broken=$(printf '%s\n' "$1" | while read -r _ where _; do
        why=$(broken_in "$where" | joined)
        [ -z "$why" ] || { echo "broken $where $why" && break; }
    done)
    echo "$id ${broken:-kept}" >"$state/$app.kept.new"
    mv "$state/$app.kept.new" "$state/$app.kept"
}
