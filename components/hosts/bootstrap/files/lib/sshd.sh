# shellcheck shell=sh
# Settings of sshd in files of their own, tried before they count. Needs words.sh.

# One connection carries every command and every request to Docker at once; sshd's own limit is ten.
allow_sessions() {
    sshd_says 05-tandem <<'CONF'
MaxSessions 100
MaxStartups 100:30:200
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
CONF
}

# sshd_says NAME <text: the file sshd_config.d/NAME.conf, taken up; put back when sshd does not like it.
sshd_says() {
    of_sshd=/etc/ssh/sshd_config.d/$1.conf
    # sshd reads *.conf only, so the copy does not count.
    if [ -f "$of_sshd" ]; then cp -p "$of_sshd" "$of_sshd.back"; fi
    if ! put "$of_sshd" 644; then
        rm -f "$of_sshd.back"
        return 0
    fi
    if ! quietly sshd -t; then
        if [ -f "$of_sshd.back" ]; then mv "$of_sshd.back" "$of_sshd"; else rm -f "$of_sshd"; fi
        broken "sshd: it refuses $of_sshd, see above; it is as it was"
    fi
    rm -f "$of_sshd.back"
    reload_sshd
    did "$of_sshd"
}

# Where a socket starts it (Ubuntu) it may not run now, and reads its settings when it does.
reload_sshd() {
    for unit in ssh.service sshd.service; do
        if systemctl -q is-active "$unit"; then
            quietly systemctl reload "$unit" || broken "sshd: $unit does not reload, see above"
            return 0
        fi
    done
}

# sshd_ports: all that it listens on, and the one this connection came in by.
sshd_ports() {
    {
        sshd -T 2>/dev/null | awk '$1 == "port" { print $2 }'
        # shellcheck disable=SC2154 # of host/bootstrap
        printf '%s\n' "$connection" | awk 'NF == 4 { print $4 }'
        systemctl show -p Listen ssh.socket 2>/dev/null | sed -n 's/^Listen=.*:\([0-9]*\) (Stream)$/\1/p'
    } | sort -un | tr '\n' ' '
}
