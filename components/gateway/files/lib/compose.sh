# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# Writes the live file, see lib/live.sh for what its lines mean. Needs say.sh spec.sh live.sh.

# live_text ALT PENDING SERIAL: the file for the spec ($release $canary $percent $upstreams $images $health $host $path).
# ALT: the way back, or empty. PENDING: the upstream line of ALT ("release container port") when the spec forgets it and it
# is kept until the verdict; else empty.
live_text() {
    printf '# %s: written by the switch; host/serving says what it means.\n' "$app"
    printf %s "$images" | sed 's/^/# image /'
    [ -z "$health" ] || printf '# health %s %s %s\n' "$health" "${host:-localhost}" "$path"
    printf %s "$upstreams" | while read -r one where door; do upstream_line "$one" "$where" "$door"; done
    # shellcheck disable=SC2086 # three words
    [ -z "$2" ] || printf '%s %s\n' "$(upstream_line $2)" "$PENDING_MARK"
    weights_line
    split_line flip "$app.flip.$3"
    split_line alt "${1:-none}" ${2:+" $PENDING_MARK"}
    split_line blue "$(of_colour blue)"
    split_line green "$(of_colour green)"
}

# closed_text SERIAL: the file while nobody serves.
closed_text() {
    printf '# %s: written by the switch; host/serving says what it means.\n' "$app"
    split_line gen none
    split_line flip "$app.flip.$1"
    for of in alt blue green; do split_line "$of" none; done
}

# A client stays on its release as the percentage grows: nginx cuts the same line of hashes, from the same end. install's refuse_orphans knows a closed app by the first form.
weights_line() {
    if [ -z "$canary" ]; then split_line gen "${release:-none}"; else
        # shellcheck disable=SC2016 # nginx variables
        printf 'split_clients "$%s_key" $%s_gen { %s%% %s; * %s; }\n' "$(variable)" "$(variable)" "$percent" "$canary" "$release"
    fi
}

# split_line NAME VALUE [REST]: a constant. `map` would be slower by far where there are many apps.
split_line() {
    # shellcheck disable=SC2016 # nginx variables
    printf 'split_clients "" $%s_%s { * %s; }%s\n' "$(variable)" "$1" "$2" "${3:-}"
}

# of_colour COLOUR: the spec's release of that slot, or "none".
of_colour() { printf %s "$upstreams" | awk -v colour="$1-" 'index($1, colour) == 1 { print $1; found = 1; exit } END { if (!found) print "none" }'; }

# A connection that an app is about to close would lose the POST sent on it: ours live shorter than any app's
# (gunicorn 2 s, Node and uvicorn 5 s). max_fails=0: one release has one address, there is nobody else to ask.
upstream_line() {
    printf 'upstream %s_%s { zone %s_%s 64k; server %s:%s resolve max_fails=0; keepalive 32; keepalive_timeout 1s; }\n' \
        "$app" "$1" "$app" "$1" "$2" "$3"
}

# without_pending FILE SERIAL: the same file when the way back is no longer kept; new pointer name, as alt changes.
without_pending() {
    awk -v mark="$PENDING_MARK" -v flip="$app.flip." -v serial="$2" '
        index($0, mark) && $1 == "upstream" { next }
        index($0, mark) { sub(/\* [^;]*;/, "* none;"); sub(/ #.*/, "") }
        $1 == "split_clients" && index($0, flip) { sub(/\.flip\.[0-9]*/, ".flip." serial) }
        { print }' "$1"
}

# without_leftovers FILE: the same file without what a killed switch left in it: addresses on trial, and candidates that
# nobody has proved and that no line sends anybody to.
without_leftovers() {
    awk -v prefix="${app}_" -v unproved=" $(tr '\n' ' ' 2>/dev/null <"$live_dir/$app.unproved" || :)" '
        NR == FNR { if ($1 == "split_clients") routes = routes $0; next }
        $1 == "upstream" && $2 ~ /\.next$/ { next }
        $1 == "upstream" {
            release = substr($2, length(prefix) + 1)
            if (index(unproved, " " release " ") && !index(routes, " " release ";")) next
            gsub(/ server [^ ]+ resolve down;/, "")
        }
        { print }' "$1" "$1"
}
