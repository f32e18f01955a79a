# shellcheck shell=sh
# Secret files of releases: in memory for their containers, sealed on the disk for the next boot. A value is only ever in
# pipes and in variables of this shell: in no argument, environment, here-document or temporary file.
#
# Whoever uses these defines `seal NAME` (stdin to stdout), `unseal NAME` and `as_root WORDS`, which runs one of
# in_memory, place, forget and there. MEMORY/APP/RELEASE is a folder that a container mounts, SEALED/APP/RELEASE its twin.

UNFIT=78 DATA=65 FAILED=70

say() { printf 'secrets: %s\n' "$1" >&2; }

# refuse CODE TEXT
refuse() {
    say "$2"
    exit "$1"
}

# put MEMORY SEALED APP RELEASE USER IMAGE <files: a tar in base64 as one line, and a line `end`.
# USER: as the stack file says; `-`: whoever the image runs as.
put() {
    check_names "$3" "$4"
    as_root in_memory "$1" </dev/null || exit "$?"
    IFS= read -r files && IFS= read -r last && [ "$last" = end ] ||
        refuse "$DATA" "the files of $3 $4 did not arrive whole; run the update again"
    owner=$(owner_of "$5" "$6") || exit "$?"
    # First what outlives a power cut: a container without its twin would not come back.
    keep "$2" "$3" "$4"
    printf %s "$files" | as_root place "$1/$3/$4" "$owner" || refuse "$FAILED" "the files of $3 $4 cannot be written to $1, see above"
}

check_names() {
    for word; do
        case $word in '' | *[!a-z0-9-]* | -*) refuse 64 "'$word' is no app or release" ;; esac
    done
}

# owner_of USER IMAGE: UID:GID of whoever shall read them.
owner_of() {
    who=$1
    if [ "$who" = - ]; then
        who=$(timeout 20 docker image inspect -f '{{.Config.User}}' "$2" 2>/dev/null) ||
            refuse "$UNFIT" "the image $2 is not on this machine yet, so nobody knows who it runs as; next: its number in the stack file, for example user: 10001:10001"
    fi
    case $who in
    '') echo 0:0 ;;
    *[!0-9:]*) refuse "$UNFIT" "the image $2 runs as '$who', a name that only the image knows, and files need a number; next: say it in the stack file, for example user: 10001:10001" ;;
    *:*) echo "$who" ;;
    *) echo "$who:0" ;;
    esac
}

# keep SEALED APP RELEASE
keep() {
    (
        umask 077
        mkdir -p "$1/$2"
        printf '%s %s end' "$owner" "$files" | seal "$(called "$1" "$2" "$3")" >"$1/$2/$3.new" && [ -s "$1/$2/$3.new" ]
    ) || {
        rm -f "$1/$2/$3.new"
        refuse "$FAILED" "the files of $2 $3 cannot be sealed, see above"
    }
    chmod 400 "$1/$2/$3.new"
    mv -f "$1/$2/$3.new" "$1/$2/$3"
    rm -f "$1/$2/$3.unwanted"
}

# called SEALED APP RELEASE: what is sealed for one release opens for no other.
called() { printf 'tandem.%s.%s.%s' "${1##*/}" "$2" "$3"; }

# drop MEMORY SEALED APP RELEASE: unless a container still has them, made when the app had another delivery; then with it.
drop() {
    check_names "$3" "$4"
    (umask 077 && mkdir -p "$2/$3" && : >"$2/$3/$4.unwanted")
    sweep "$1" "$2"
    [ ! -f "$2/$3/$4.unwanted" ] || say "$3 $4 keeps its files as long as it has a container"
}

# sweep MEMORY SEALED: gives up what is unwanted and in no container any more.
sweep() {
    mounted=''
    for mark in "$2"/*/*.unwanted; do
        [ -f "$mark" ] || continue
        [ -n "$mounted" ] || mounted=$(echo none && mounts) || exit "$?"
        part=${mark#"$2"/}
        part=${part%.unwanted}
        if printf '%s\n' "$mounted" | cut -d ' ' -f 2- | grep -Fqx -e "$1/$part"; then continue; fi
        give_up "$1" "$2" "${part%/*}" "${part#*/}"
    done
}

# give_up MEMORY SEALED APP RELEASE
give_up() {
    rm -f "$2/$3/$4" "$2/$3/$4.new" "$2/$3/$4.unwanted"
    rmdir "$2/$3" "$2" 2>/dev/null || :
    as_root forget "$1" "$3/$4"
}

# mounts [LABEL...]: "CONTAINER FOLDER" of every container, running or not, that has such files.
mounts() {
    ids=$(timeout 60 docker ps -aq --no-trunc "$@") || refuse "$FAILED" "Docker does not say which containers there are"
    [ -n "$ids" ] || return 0
    # One may be gone by now.
    # shellcheck disable=SC2086 # one argument a container
    timeout 60 docker inspect -f '{{.Name}} {{range .HostConfig.Mounts}}{{if eq .Target "/run/secrets"}}{{.Source}}{{end}}{{end}}' $ids 2>/dev/null |
        sed -n 's,^/\([^ ]*\) \(.\),\1 \2,p' || :
}

# missing MEMORY PROJECT STACK: the containers whose files are not there.
missing() {
    present=$(as_root there "$1") || exit "$?"
    mounted=$(mounts --filter "label=tandem.project=$2" --filter "label=tandem.stack=$3") || exit "$?"
    printf '%s\n' "$mounted" | while read -r container folder; do
        case $folder in "$1"/*) ;; *) continue ;; esac
        printf '%s\n' "$present" | grep -Fqx -e "${folder#"$1"/}" || echo "$container"
    done
}

# restore MEMORY SEALED: what is sealed is in memory again. What cannot be is told; false then, and the others are there.
restore() {
    whole=yes
    [ -d "$2" ] || return 0
    as_root in_memory "$1" || exit "$?"
    present=$(as_root there "$1") || exit "$?"
    for twin in "$2"/*/*; do
        case $twin in *.new | *.unwanted) continue ;; esac
        [ -f "$twin" ] || continue
        part=${twin#"$2"/}
        if printf '%s\n' "$present" | grep -Fqx -e "$part"; then continue; fi
        bring_back "$1" "$2" "$part" || whole=''
    done
    [ -n "$whole" ]
}

# bring_back MEMORY SEALED APP/RELEASE
bring_back() {
    name=$(called "$2" "${3%/*}" "${3#*/}")
    # What a failed one has written may be a part of a value: only its complaint is shown.
    text=$(unseal "$name" <"$2/$3" 2>/dev/null) || text="bad $(unseal "$name" <"$2/$3" 2>&1 >/dev/null | tail -n 1)"
    case $text in
    [0-9]*' '*' end')
        owner=${text%% *} files=${text#* }
        printf %s "${files% end}" | as_root place "$1/$3" "$owner" && return
        say "${3%/*} ${3#*/} stays down: its secrets cannot be written to $1"
        ;;
    'bad '*) say "${3%/*} ${3#*/} stays down: its secrets cannot be unsealed (${text#bad }); next: deploy it anew with another value or image" ;;
    *) say "${3%/*} ${3#*/} stays down: what was sealed of its secrets is not whole; next: deploy it anew with another value or image" ;;
    esac
    return 1
}

# As root

# in_memory MEMORY: is a folder of ours that no disk has.
in_memory() {
    place=$1
    while [ ! -d "$place" ]; do place=${place%/*}; done
    kind=$(stat -f -c %T "${place:-/}")
    case $kind in
    tmpfs | ramfs) ;;
    *) refuse "$UNFIT" "$1 would be on a disk ($kind) and not in memory; next: delivery: env, or a tmpfs at ${1%/*/*}" ;;
    esac
    (umask 077 && mkdir -p "$1")
    # Where everybody may write, somebody else may have made it first.
    for folder in "$1" "${1%/*}"; do
        [ "$(stat -c '%u %a' "$folder")" = '0 700' ] ||
            refuse "$UNFIT" "$folder is not root's alone (0700), so others could read secrets; next: remove it and try again"
    done
}

# place FOLDER UID:GID <a tar in base64: the folder holds these files, readable by that user only.
# A folder that is there may be mounted: it stays, and each file changes at once.
place() {
    rm -rf "$1.new"
    if ! unpack "$1.new" "$2"; then
        rm -rf "$1.new"
        return 1
    fi
    if [ -d "$1" ]; then
        find "$1.new" -type f -exec mv -f -t "$1" {} + && rmdir "$1.new"
    else
        mv -T "$1.new" "$1"
    fi
}

# unpack FOLDER UID:GID <a tar in base64
unpack() {
    (umask 077 && mkdir -p "$1") &&
        base64 -d | tar -x -f - -C "$1" &&
        find "$1" -type f -exec chmod 400 {} + &&
        chown -R "$2" "$1" &&
        chmod 500 "$1"
}

# forget MEMORY APP/RELEASE
forget() {
    rm -rf "${1:?}/${2:?}" "$1/$2.new"
    rmdir "$1/${2%/*}" "$1" 2>/dev/null || :
}

# there MEMORY: APP/RELEASE of each that is whole.
there() {
    [ -d "$1" ] || return 0
    (cd "$1" && find . -mindepth 2 -maxdepth 2 -type d ! -name '*.new' | sed 's,^\./,,')
}
