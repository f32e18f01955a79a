# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# The live file of one app: what nginx routes by, and the only place where "who serves" is written. Read here, written by
# lib/compose.sh.
#
#   # image green-1a2b3c4d sha256:…                      for people, and for barring
#   # health http web.example.org /healthz               how to ask a release whether it is well: kind, Host, path
#   upstream web_green-1a2b3c4d { zone web_green-1a2b3c4d 64k; server CONTAINER:8000 resolve max_fails=0; … }
#   split_clients "" $web_gen { * green-1a2b3c4d; }      which release; "none" = the gateway's own 503
#   split_clients "$web_key" $web_gen { 10% blue-5e6f7a8b; * green-1a2b3c4d; }       the same with a canary
#   split_clients "" $web_flip { * web.flip.SERIAL; }    name of the pointer file; new whenever gen or alt change
#   split_clients "" $web_alt { * blue-5e6f7a8b; }       which release while the pointer file exists; "none" = no way back
#   split_clients "" $web_blue { * blue-5e6f7a8b; }      the slots, for testers; "none" = empty
#   split_clients "" $web_green { * green-1a2b3c4d; }
#
# Lines that end in PENDING_MARK are the way back of a move whose rollout keeps none: the release that served, until the
# verdict is final.
#
# An app without a port has the same kind of file in state/, with port 0 and no nginx that reads it.
# Needs $app, and $live_dir: the directory the pointer file is in.

PENDING_MARK='# while the verdict is pending'

variable() { printf %s "$app" | tr - _; }

# read_live FILE: sets, all empty without a file and for "none":
#   file_release, file_canary with file_percent; file_alt; file_serial; file_blue, file_green;
#   file_upstreams "release container port" and file_images "release image", one per line;
#   file_health, file_host, file_path; file_pending: 1 when alt is only kept until the verdict.
# In the shell alone, as a flip by the pointer is counted in milliseconds.
read_live() {
    file_release='' file_canary='' file_percent='' file_alt='' file_serial='' file_blue='' file_green='' file_upstreams=''
    file_images='' file_health='' file_host='' file_path='' file_pending=''
    [ -f "$1" ] || return 0
    while read -r word first second rest; do
        case $word:$first in
        '#:image') file_images="$file_images$second $rest
" ;;
        '#:health') file_health=$second file_host=${rest%% *} file_path=${rest#* } ;;
        upstream:*.next) ;;
        "upstream:"*) read_upstream "${first#"${app}"_}" "$rest" ;;
        split_clients:*) read_split "${second##*_}" "$rest" ;;
        esac
    done <"$1"
}

# read_upstream RELEASE "zone NAME 64k; server CONTAINER:PORT resolve …"
read_upstream() {
    address=${2#*server }
    address=${address%% *}
    file_upstreams="$file_upstreams$1 ${address%:*} ${address##*:}
"
}

# read_split NAME "{ 10% blue-1; * green-2; }": NAME is gen, flip, alt, blue or green.
read_split() {
    main=${2#*\* }
    main=${main%%;*}
    [ "$main" != none ] || main=''
    case $1 in
    gen)
        file_release=$main
        case $2 in "{ "[1-9]*"% "*)
            file_percent=${2#\{ } file_canary=${2#*% }
            file_percent=${file_percent%%%*} file_canary=${file_canary%%;*}
            ;;
        esac
        ;;
    flip) file_serial=${main##*.} ;;
    alt)
        file_alt=$main
        case $2 in *"$PENDING_MARK") file_pending=1 ;; esac
        ;;
    blue) file_blue=$main ;;
    green) file_green=$main ;;
    esac
}

# pointer_file: of the live file that was read last.
pointer_file() { printf '%s/%s.flip.%s' "$live_dir" "$app" "$file_serial"; }

# pointed: whether traffic goes by the pointer, by the live file that was read last.
pointed() { [ -n "$file_serial" ] && [ -e "$(pointer_file)" ]; }

# routed_in FILE: every release that a new request may go to, the main one first. Honours the pointer.
routed_in() {
    read_live "$1"
    if pointed; then set -- "$file_alt" ''; else set -- "$file_release" "$file_canary"; fi
    [ -z "$1" ] || printf '%s\n' "$1"
    [ -z "$2" ] || printf '%s\n' "$2"
}

# serves_in FILE: the main one of them; empty for none.
serves_in() {
    read_live "$1"
    if pointed; then printf %s "$file_alt"; else printf %s "$file_release"; fi
}

# upstreams_in FILE: "release container port" per line.
upstreams_in() {
    read_live "$1"
    printf %s "$file_upstreams"
}

# routes_in FILE: what decides where requests go, as one word; two files with the same need no new pointer name.
routes_in() {
    read_live "$1"
    printf '%s|%s|%s|%s' "$file_release" "$file_canary" "$file_percent" "$file_alt"
}

# candidates: of the spec's, the upstream lines that are new, changed, left unproved, or about to get their first traffic.
# A canary whose weight changes is none. Needs $upstreams $release $canary of the spec, $live and $was.
candidates() {
    served=$(routed_in "$live")
    printf '%s' "$upstreams" | while read -r one where door; do
        if gains "$one"; then :; elif proved "$one" "$where" "$door"; then continue; fi
        echo "$one $where $door"
    done
}

# unproved_of LIST: those of these candidates that never passed a switch: a contract is about what was made by it.
unproved_of() {
    printf '%s\n' "$1" | while read -r one where door; do
        [ -z "$one" ] || proved "$one" "$where" "$door" || echo "$one $where $door"
    done
}

# gains RELEASE: whether it becomes the live one, or gets traffic without having had any.
gains() {
    case $1 in
    "$release") [ "$1" != "$was" ] ;;
    "$canary") ! printf '%s\n' "$served" | grep -Fqx "$1" ;;
    *) false ;;
    esac
}

# proved RELEASE CONTAINER PORT: whether it passed its health check in an earlier switch. On the way back to it, the
# health in today's settings may be one that only newer releases know.
proved() { upstreams_in "$live" | grep -Fqx "$1 $2 $3" && ! grep -Fqsx "$1" "$live_dir/$app.unproved"; }
