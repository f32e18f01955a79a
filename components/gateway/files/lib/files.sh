# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# The live file as a transaction: what was there comes back byte for byte. Needs say.sh live.sh nginx.sh flip.sh.
#
# web.conf.before exists from begin to commit or put_back; web.conf.prev is the file before the last good switch;
# web.unproved names releases that are in the file but have not passed their probe (a switch killed half-way).

begin() {
    rm -f "$live.new"
    if [ -f "$live" ]; then cp "$live" "$live.before.new" && mv "$live.before.new" "$live.before"; else rm -f "$live.before"; fi
}

commit() {
    if [ -f "$live.before" ]; then mv "$live.before" "$live.prev"; fi
    rm -f "$live_dir/$app.unproved"
    forget_pointers
}

# forget_pointers: those that no file names. That of web.conf.prev counts, as the gateway may start with it.
forget_pointers() {
    for pointer in "$live_dir/$app.flip."*; do
        grep -Fqs " ${pointer##*/};" "$live" "$live.prev" || rm -f "$pointer"
    done
}

put_back_file() {
    if [ -f "$live.before" ]; then cp "$live.before" "$live.new" && mv "$live.new" "$live"; else rm -f "$live"; fi
}

# put_back: the old file, reloaded and proved; says what serves now.
put_back() {
    lock_nginx
    put_back_file
    drop_flip
    reload
    now=$(serves_in "$live")
    if prove_routes; then say "${now:-nobody} serves, as before"; else
        say "the gateway was put back to ${now:-nobody}, but it still answers '$got': look at its log (docker logs)"
    fi
    unlock_nginx
    rm -f "$live.before" "$live_dir/$app.unproved"
}

# install_live PHASE URL: $live.new becomes the live file: test, reload, proof by URL, all under the lock. PHASE is the step
# announced once the file is in place; the steps after `weights` are announced too.
install_live() {
    lock_nginx
    refuse_if_turned "$turned_at_first"
    mv "$live.new" "$live"
    step "$1"
    error=$(config_error)
    if [ -n "$error" ]; then
        put_back_file
        drop_flip
        rm -f "$live.before" "$live_dir/$app.unproved"
        die "$REFUSED" "nginx refuses the new configuration, the old file is back and still serves
  $error"
    fi
    [ "$1" != weights ] || step tested
    reload
    [ "$1" != weights ] || step reloaded
    read_live "$live"
    expect
    # New weights have a pointer of their own, and nobody has asked for it unless just now.
    if [ "$1" = weights ]; then known_pointer=''; else known_pointer=$turned_at_first; fi
    prove "$expected" "$2" || {
        refuse_if_turned "$known_pointer"
        unlock_nginx
        say "not proved: fresh requests got '$got' instead of '$expected' within $((PROOF_MS / 1000)) s"
        put_back
        exit "$UNPROVED"
    }
    refuse_if_turned "$known_pointer"
    unlock_nginx
}

# refuse_if_turned POINTER: who asked for this switch did not know of a flip by the pointer that has come since.
refuse_if_turned() {
    if [ "$(turned)" = "$1" ]; then return; fi
    unlock_nginx
    say "switched back by the pointer while this switch ran, so it gives up; look ('tandem status') and run it again if you still want it"
    put_back
    exit "$BUSY"
}

# turned: which pointer is in force; empty for none.
turned() {
    read_live "$live"
    if pointed; then printf %s "$file_serial"; fi
}
