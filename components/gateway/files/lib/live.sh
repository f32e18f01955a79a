# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# The live file of one app: what nginx routes by, and the only place where "who serves" is written.
#
#   upstream web_green-1a2b3c4d { zone web_green-1a2b3c4d 64k; server CONTAINER:8000 resolve max_fails=0; … }
#   split_clients "" $web_gen { * green-1a2b3c4d; }      which release; "none" = the gateway's own 503
#   split_clients "" $web_flip { * web.flip.SERIAL; }    name of the pointer file, new with every write
#   split_clients "" $web_alt { * blue-5e6f7a8b; }       which release while the pointer file exists
#
# An app without a port has the same kind of file in state/, with port 0 and no nginx that reads it.
# Needs $app, and $live_dir: the directory the file is in.

variable() { printf %s "$app" | tr - _; }

# upstreams_in FILE: "release container port" per line.
upstreams_in() {
    [ -f "$1" ] || return 0
    awk -v prefix="${app}_" '
        $1 == "upstream" && index($2, prefix) == 1 && $2 !~ /\.next$/ {
            release = substr($2, length(prefix) + 1)
            for (i = 3; i < NF; i++) if ($i == "server") { split($(i + 1), address, ":"); break }
            print release, address[1], address[2]
        }' "$1"
}

# chosen_in FILE NAME: the releases that split_clients $<app>_NAME may give, the one with "*" first; not "none".
chosen_in() {
    [ -f "$1" ] || return 0
    awk -v variable="\$$(variable)_$2" '
        $1 == "split_clients" && $3 == variable {
            for (i = 5; i + 1 < NF; i += 2) {
                value = $(i + 1); sub(/;$/, "", value)
                if (value == "none") continue
                if ($i == "*") rest = value; else parts = parts value "\n"
            }
            if (rest != "") print rest
            printf "%s", parts
        }' "$1"
}

# routed_in FILE: every release that a new request may go to, the main one first. Honours the pointer.
routed_in() {
    pointer=$(chosen_in "$1" flip)
    if [ -n "$pointer" ] && [ -e "$live_dir/$pointer" ]; then chosen_in "$1" alt; else chosen_in "$1" gen; fi
}

# serves_in FILE: the main one of them; empty for none.
serves_in() { routed_in "$1" | head -n 1; }

# live_text RELEASE UPSTREAMS: the file for these. RELEASE empty = nobody serves.
live_text() {
    serial=$(date +%s%N)
    other=$(printf '%s' "$2" | awk -v live="$1" '$1 != live { print $1; exit }')
    printf '# %s: written by the switch; host/serving says what it means.\n' "$app"
    printf '%s' "$2" | while read -r one where door; do upstream_line "$one" "$where" "$door"; done
    # shellcheck disable=SC2016 # nginx variables
    printf 'split_clients "" $%s { * %s; }\n' \
        "$(variable)_gen" "${1:-none}" "$(variable)_flip" "$app.flip.$serial" "$(variable)_alt" "${other:-none}"
}

# A connection that an app is about to close would lose the POST sent on it: ours live shorter than any app's
# (gunicorn 2 s, Node and uvicorn 5 s). max_fails=0: one release has one address, there is nobody else to ask.
upstream_line() {
    printf 'upstream %s_%s { zone %s_%s 64k; server %s:%s resolve max_fails=0; keepalive 32; keepalive_timeout 1s; }\n' \
        "$app" "$1" "$app" "$1" "$2" "$3"
}

# same_routes FILE OTHER: whether two live files differ in nothing but their serial.
same_routes() {
    [ -f "$1" ] && [ -f "$2" ] || return 1
    [ "$(sed 's/\.flip\.[0-9]*//' "$1")" = "$(sed 's/\.flip\.[0-9]*//' "$2")" ]
}

# candidates: of the spec's, the upstream lines that are new, changed, left unproved, or about to take the traffic.
# Needs $upstreams $release of the spec, $live and $was.
candidates() {
    printf '%s' "$upstreams" | while read -r one where door; do
        if [ "$one" = "$release" ] && [ "$one" != "$was" ]; then :; elif proved "$one" "$where" "$door"; then continue; fi
        echo "$one $where $door"
    done
}

# proved RELEASE CONTAINER PORT: whether it passed its health check in an earlier switch. On the way back to it, the
# health in today's settings may be one that only newer releases know.
proved() { upstreams_in "$live" | grep -Fqx "$1 $2 $3" && ! grep -Fqsx "$1" "$live_dir/$app.unproved"; }
