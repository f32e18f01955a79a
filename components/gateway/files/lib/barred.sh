# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# Releases that may get no traffic: state/APP.barred, TSV "hash8 image at why", the newest last. The image is "-" where the
# release that won has the same one: then the settings are to blame, and another release of that image may serve.
# Needs say.sh, $app, $state.

# alone COMMAND...: one writer at a time to the small files in state/. Never one inside another.
alone() {
    (
        flock 5
        "$@"
    ) 5<"$state"
}

# Which release of which colour: a bar is about what it is made of, its settings' hash.
hash_of() { printf %s "${1#*-}"; }

# bar_of RELEASE IMAGE: "at<TAB>why" of the newest bar that hits it; empty when it may serve. IMAGE may be empty.
bar_of() {
    [ -f "$state/$app.barred" ] || return 0
    awk -F '\t' -v hash="$(hash_of "$1")" -v image="$2" '
        $1 == hash || ($2 != "-" && $2 == image) { found = $3 "\t" $4 }
        END { if (found != "") print found }' "$state/$app.barred"
}

# bar RELEASE IMAGE WINNERS_IMAGE AT WHY: WHY is harmless.
bar() {
    image_barred=${2:--}
    [ "$image_barred" != "$3" ] || image_barred='-'
    alone change_bars "$(hash_of "$1")" "$image_barred" "$4	$5"
}

# unbar IMAGE_OR_HASH: false when nothing was barred by it.
unbar() {
    awk -F '\t' -v one="$1" '$1 == one || $2 == one { found = 1 } END { exit !found }' "$state/$app.barred" 2>/dev/null || return
    alone change_bars "$1" "$1" ''
}

# change_bars HASH IMAGE LINE: without the bars of HASH, and without those of IMAGE when they go; with the LINE if there is one.
change_bars() {
    {
        if [ -f "$state/$app.barred" ]; then
            awk -F '\t' -v hash="$1" -v image="$2" -v gone="${3:+no}" '!($1 == hash || (gone == "" && $2 == image))' "$state/$app.barred"
        fi
        [ -z "$3" ] || printf '%s\t%s\t%s\n' "$1" "$2" "$3"
    } >"$state/$app.barred.new"
    mv "$state/$app.barred.new" "$state/$app.barred"
}
