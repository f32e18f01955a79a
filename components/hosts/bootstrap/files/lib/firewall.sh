# shellcheck shell=sh disable=SC2154 # settings of settings.sh
# Which ports of the machine are open to others: SSH and the gateways'. A table of our own, so Docker's rules and those
# of others stay untouched; what is published by Docker passes no `input`, hence the second chain. Needs words.sh sshd.sh.

RULES=$ETC/firewall.nft
FIREWALL=/etc/systemd/system/tandem-firewall.service

# rules SSH-PORTS GATEWAY-PORTS
rules() {
    gates=$(commas "$2")
    elsewhere=${gates:+ct original proto-dst != \{ $gates \}}
    cat <<NFT
# Written by tandem bootstrap (hardening: true). The whole table anew, in one step.
table inet tandem
delete table inet tandem
table inet tandem {
    chain input {
        type filter hook input priority filter - 5; policy drop;
        ct state established,related accept
        iif lo accept
        # The machine's own containers.
        iifname { "docker0", "br-*" } accept
        meta l4proto { icmp, ipv6-icmp } accept
        # Answers to a question for an address.
        udp dport { 68, 546 } accept
        tcp dport { $(commas "$1 $2") } accept
    }
    chain published {
        type filter hook forward priority filter - 5; policy accept;
        ct state established,related accept
        iifname { "docker0", "br-*" } accept
        meta l4proto tcp ct status dnat $elsewhere drop
        meta l4proto udp ct status dnat drop
    }
}
NFT
}

# commas WORDS
commas() { printf '%s' "$1" | tr -s ' ' '\n' | grep . | sort -un | paste -sd , - || :; }

# all_gateway_ports: of every stack on this machine; this one's from its settings.
all_gateway_ports() {
    printf '%s ' "$gateway_ports"
    for other in "$ETC"/*.conf; do
        [ "$other" = "$ETC/$name.conf" ] || sed -n 's/^gateway_port //p' "$other" 2>/dev/null | tr '\n' ' '
    done
}

stands() { nft list table inet tandem >/dev/null 2>&1; }

# raise_firewall <the rules: in force until the next boot.
raise_firewall() {
    put "$RULES" 644 || :
    quietly nft -f "$RULES" || broken "firewall: nft refuses $RULES, see above; all is as it was"
}

# keep_firewall: only what is proved comes back at boot.
keep_firewall() {
    if put "$FIREWALL" 644 <"$lib/../units/tandem-firewall.service"; then quietly systemctl daemon-reload || :; fi
    quietly systemctl enable --now tandem-firewall.service || broken "firewall: tandem-firewall.service cannot be enabled, see above"
}

lower_firewall() {
    quietly systemctl disable --now tandem-firewall.service || :
    nft delete table inet tandem 2>/dev/null || :
    rm -f "$RULES" "$FIREWALL"
}
