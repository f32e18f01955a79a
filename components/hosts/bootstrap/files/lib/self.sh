# shellcheck shell=sh disable=SC2154 # settings of settings.sh
# Deploying from the machine itself: a key for itself, and a way to its own sshd that no network, NAT or firewall cuts.
# So the very same words that everybody's stack uses work here too. Needs words.sh settings.sh user.sh.

know_itself() {
    make_key
    keys=$home/.ssh/authorized_keys
    install -d -m 700 -o "$user" -g "$(id -gn "$user")" "$home/.ssh"
    if admit "$(cat "$SELF.pub")"; then did "its key in $keys"; fi
    way=/etc/ssh/ssh_config.d/50-tandem-$name.conf
    own_way | put "$way" 644 && did "$way" || :
}

make_key() {
    install -d -m 755 "$ETC"
    if [ ! -s "$SELF" ] || [ ! -s "$SELF.pub" ]; then
        rm -f "$SELF" "$SELF.pub"
        quietly ssh-keygen -q -t ed25519 -N '' -C "tandem-self $(hostname)" -f "$SELF" || broken "self: no key could be made, see above"
        did "$SELF"
    fi
    owner=$(stat -c %U "$SELF")
    case $owner in
    "$user") ;;
    root)
        chown "$user" "$SELF"
        did "$SELF of $user"
        ;;
    *) note="only $owner and root deploy from here" ;;
    esac
}

# The port counts too: one address may lead to several machines. The folder is gone where no sshd runs.
own_way() {
    cat <<CONF
# The stack $name, deployed from this machine itself: ssh to it goes to its own sshd, without a network.
Match host "$address" exec "test %p = $port"
    ProxyCommand sudo -n /bin/sh -c "install -d -m 755 /run/sshd && exec /usr/sbin/sshd -i"
CONF
}
