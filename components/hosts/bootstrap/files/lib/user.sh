# shellcheck shell=sh disable=SC2154 # settings of settings.sh
# Who deploys: exists, uses Docker, becomes root without a password, is let in by the keys that came along; and his folder.

admit_user() {
    if ! id "$user" >/dev/null 2>&1; then
        # '*' and not '!': sshd refuses whom it takes for locked, where PAM is off.
        quietly useradd --create-home --shell /bin/bash --password '*' "$user" || broken "user: $user cannot be made, see above"
        did "user $user"
    fi
    home=$(getent passwd "$user" | cut -d : -f 6)
    if [ "$user" != root ]; then
        case " $(id -nG "$user") " in
        *' docker '*) ;;
        *) quietly usermod --append --groups docker "$user" && did "group docker" ;;
        esac
        may_become_root
    fi
    let_in
}

may_become_root() {
    rule=/etc/sudoers.d/tandem-$user
    printf '%s ALL=(ALL) NOPASSWD: ALL\n' "$user" >"$rule.new~"
    # sudo passes over names with a tilde, and with one wrong file it lets nobody be root.
    if cmp -s "$rule" "$rule.new~"; then rm "$rule.new~" && return 0; fi
    quietly visudo -cqf "$rule.new~" || { rm -f "$rule.new~" && broken "sudo: its own check refuses the rule for $user"; }
    chmod 440 "$rule.new~"
    mv "$rule.new~" "$rule"
    did "$rule"
}

# let_in: the keys' lines are added where their key is missing; nobody is taken out.
let_in() {
    [ -n "$admitted" ] || return 0
    keys=$home/.ssh/authorized_keys
    install -d -m 700 -o "$user" -g "$(id -gn "$user")" "$home/.ssh"
    while read -r line; do
        if admit "$line"; then did "a key in $keys"; fi
    done <<KEYS
$admitted
KEYS
}

# admit LINE: true when that was news.
admit() {
    blob=$(printf '%s\n' "$1" | grep -Eo 'AAAA[A-Za-z0-9+/=]+' | head -n 1)
    if [ -z "$blob" ] || grep -Fqs -e "$blob" "$keys"; then return 1; fi
    # awk ends a last line that lacks its end.
    { if [ -f "$keys" ]; then awk 1 "$keys"; fi && printf '%s\n' "$1"; } >"$keys.new"
    chmod 600 "$keys.new"
    chown "$user:$(id -gn "$user")" "$keys.new"
    mv "$keys.new" "$keys"
}

make_folder() {
    if [ "$(stat -c %U "$folder" 2>/dev/null)" != "$user" ]; then
        install -d -o root -m 755 /var/lib/tandem
        install -d -o "$user" -g "$(id -gn "$user")" -m 755 "$folder"
        did "$folder"
    fi
    if [ -n "$engine" ] && [ ! -s "$folder/engine" ]; then
        echo "$engine" | put "$folder/engine" 644 "$user:$(id -gn "$user")" || :
        did "engine $engine"
    fi
}
