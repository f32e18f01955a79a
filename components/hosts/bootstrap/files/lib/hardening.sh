# shellcheck shell=sh disable=SC2154 # settings of settings.sh
# hardening: true. Keys only, and the firewall: both in force, then proved by a new login that comes in by an interface
# as from outside; else both are put back. A timer puts them back as well when this script dies in between.
# Needs words.sh sshd.sh firewall.sh self.sh.

RULE=/etc/ssh/sshd_config.d/06-tandem-hardening.conf
PUT_BACK=/run/tandem-put-back

harden() {
    if [ "$hardening" = no ]; then
        note=off
        soften
        return 0
    fi
    mkdir -p "$PUT_BACK/wanted"
    access_rules >"$PUT_BACK/wanted/sshd"
    rules "$(sshd_ports)" "$(all_gateway_ports)" >"$PUT_BACK/wanted/nft"
    if stands && cmp -s "$RULE" "$PUT_BACK/wanted/sshd" && cmp -s "$RULES" "$PUT_BACK/wanted/nft"; then
        rm -rf "$PUT_BACK"
        return 0
    fi
    arm
    sshd_says 06-tandem-hardening <"$PUT_BACK/wanted/sshd"
    raise_firewall <"$PUT_BACK/wanted/nft"
    prove_login || broken "hardening: with the new rules $user could not log in any more ($proof); all is as it was"
    disarm
    keep_firewall
    did "keys only, ports $(commas "$(sshd_ports) $(all_gateway_ports)"), proved by a new login of $user"
}

access_rules() {
    cat <<'CONF'
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
CONF
}

# soften: where another stack wants it, it stays.
soften() {
    for other in "$ETC"/*.conf; do
        if [ "$other" != "$ETC/$name.conf" ] && holds "$other" "hardening yes"; then note="another stack's" && return 0; fi
    done
    if [ -f "$RULE" ]; then
        rm "$RULE"
        reload_sshd
        did "$RULE gone"
    fi
    if [ -f "$RULES" ]; then
        lower_firewall
        did "$RULES gone"
    fi
}

# arm: whatever becomes of us, at our end or after a minute the machine is as it was.
arm() {
    for file in "$RULE" "$RULES"; do
        if [ -f "$file" ]; then cp -p "$file" "$PUT_BACK/"; fi
    done
    cp "$here/put-back" "$PUT_BACK/"
    systemctl stop tandem-put-back.timer 2>/dev/null || :
    quietly systemd-run --quiet --collect --unit=tandem-put-back --on-active=60 \
        /bin/sh "$PUT_BACK/put-back" "$RULE" "$RULES" || broken "hardening: no timer could be set that would put the rules back, see above"
    trap 'quietly sh "$PUT_BACK/put-back" "$RULE" "$RULES"; disarm' EXIT
}

disarm() {
    trap - EXIT
    systemctl stop tandem-put-back.timer 2>/dev/null || :
    rm -rf "$PUT_BACK"
}

# prove_login: from a network namespace, through a pair of interfaces, by the machine's key for itself.
prove_login() {
    ground=tandem-proof
    leave_ground
    proof=''
    {
        ip netns add "$ground"
        ip link add tandem-p0 type veth peer name tandem-p1
        ip link set tandem-p1 netns "$ground"
        ip address add 169.254.213.1/30 dev tandem-p0
        ip link set tandem-p0 up
        ip netns exec "$ground" ip address add 169.254.213.2/30 dev tandem-p1
        ip netns exec "$ground" ip link set tandem-p1 up
        ip netns exec "$ground" ip route add default via 169.254.213.1
    } >>"$log" 2>&1 || proof="no network for the proof, $log says why"
    [ -n "$proof" ] || one_gets_in || proof=${proof:-no port lets it in}
    leave_ground
    [ -z "$proof" ]
}

one_gets_in() {
    proof=''
    for door in $(sshd_ports); do
        for at in $(sshd_addresses); do
            if said=$(timeout 15 ip netns exec "$ground" ssh -F none -T -o BatchMode=yes -o StrictHostKeyChecking=no \
                -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes -o ConnectTimeout=5 \
                -i "$SELF" -p "$door" "$user@$at" true 2>&1 </dev/null); then
                proof=''
                return 0
            fi
            proof=$(printf '%s' "$said" | tail -n 1)
        done
    done
    return 1
}

# sshd_addresses: where it listens; everywhere = at the proof's own interface.
sshd_addresses() {
    sshd -T 2>/dev/null | sed -n 's/^listenaddress \(.*\):[0-9]*$/\1/p' | tr -d '[]' |
        sed 's/^0\.0\.0\.0$/169.254.213.1/; /^::$/d' | sort -u
}

leave_ground() {
    ip netns delete "$ground" 2>/dev/null || :
    ip link delete tandem-p0 2>/dev/null || :
}
