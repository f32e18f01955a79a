# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# The live file as a transaction: what was there comes back byte for byte. Needs say.sh live.sh nginx.sh.
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
}

put_back_file() {
    if [ -f "$live.before" ]; then cp "$live.before" "$live.new" && mv "$live.new" "$live"; else rm -f "$live"; fi
}

# put_back: the old file, reloaded and proved; says what serves now.
put_back() {
    lock_nginx
    put_back_file
    reload
    now=$(serves_in "$live")
    if prove_generation "$now"; then say "${now:-nobody} serves, as before"; else
        say "the gateway was put back to ${now:-nobody}, but it still answers '$got': look at its log (docker logs)"
    fi
    unlock_nginx
    rm -f "$live.before" "$live_dir/$app.unproved"
}

# install_live RELEASE URL: $live.new becomes the live file: test, reload, proof, all under the lock.
install_live() {
    lock_nginx
    mv "$live.new" "$live"
    error=$(config_error)
    if [ -n "$error" ]; then
        put_back_file
        rm -f "$live.before" "$live_dir/$app.unproved"
        die "$REFUSED" "nginx refuses the new configuration, the old file is back and still serves
  $error"
    fi
    reload
    prove "$1" "$2" || {
        unlock_nginx
        say "not proved: fresh requests got '$got' instead of '$1' within $((PROOF_MS / 1000)) s"
        put_back
        exit "$UNPROVED"
    }
    unlock_nginx
}
