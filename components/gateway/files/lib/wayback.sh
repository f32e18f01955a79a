# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
# Which release a flip by the pointer would go to. Needs say.sh spec.sh live.sh barred.sh probe.sh, the spec, $live and $was.

# choose_way_back: sets alt, and pending as live_text takes it. The spec's, unless it is barred. Where a move gives a watched
# release the traffic and the spec forgets the one that had it: that one, while its container is there, until the verdict.
# One that the spec still knows is no way back unless it says so: after a rollback it is what somebody has just left.
choose_way_back() {
    alt=$back pending=''
    [ -z "$alt" ] || [ -z "$(bar_of "$alt" "$(image_of "$alt" "$images")")" ] || alt=''
    if [ -n "$alt" ] || [ "$moved" = false ] || [ -z "$release" ] || [ -z "$was" ] || [ "$window" = 0 ]; then return; fi
    read_live "$live"
    [ -z "$(container_of "$was" "$upstreams")" ] || return 0
    [ -z "$(bar_of "$was" "$(image_of "$was" "$file_images")")" ] || return 0
    line=$(printf %s "$file_upstreams" | awk -v r="$was" '$1 == r { print; exit }')
    is_there "${line#* }" || return 0
    alt=$was pending=$line
}

# is_there "CONTAINER PORT": a busy machine gets a second and a third look.
is_there() {
    gone=0 unknown=0
    while [ "$unknown" = 0 ] && [ "$gone" -lt 3 ]; do
        look "${1% *}" "${1#* }"
        if [ "$gone" = 0 ]; then return 0; fi
    done
    return 1
}
