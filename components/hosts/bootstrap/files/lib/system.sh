# shellcheck shell=sh
# The system around Docker: kernel settings, journal, upgrades, time. Each one file of ours. Needs words.sh packages.sh.

# Redis asks for overcommit, a gateway for a longer queue, and databases are not to be swapped out.
set_kernel() {
    put /etc/sysctl.d/60-tandem.conf 644 <<'CONF' && did /etc/sysctl.d/60-tandem.conf || :
net.core.somaxconn = 4096
vm.overcommit_memory = 1
vm.swappiness = 10
CONF
    while read -r key _ value; do
        [ "$(sysctl -n "$key" 2>/dev/null)" != "$value" ] || continue
        if sysctl -qw "$key=$value" 2>/dev/null; then did "$key"; else note="${note:+$note, }$key is not ours to set here"; fi
    done </etc/sysctl.d/60-tandem.conf
}

limit_journal() {
    put /etc/systemd/journald.conf.d/60-tandem.conf 644 <<'CONF' || return 0
[Journal]
Storage=persistent
SystemMaxUse=500M
MaxRetentionSec=14day
RateLimitBurst=10000
CONF
    did /etc/systemd/journald.conf.d/60-tandem.conf
    quietly systemctl restart systemd-journald.service || broken "journal: systemd-journald does not restart, see above"
}

# An upgrade of containerd has stopped Docker before: it is upgraded when somebody looks, not at six in the morning.
leave_docker_alone() {
    put /etc/apt/apt.conf.d/60-tandem 644 <<'CONF' && did /etc/apt/apt.conf.d/60-tandem || :
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::Package-Blacklist { "^docker"; "^containerd"; "^runc$"; };
CONF
    put /etc/needrestart/conf.d/tandem.conf 644 <<'CONF' && did /etc/needrestart/conf.d/tandem.conf || :
# Docker and what it runs on are not restarted behind anybody's back.
$nrconf{override_rc}{qr(^docker|^containerd)} = 0;
CONF
}

keep_time() {
    if keeps_time; then note="by another service" && return 0; fi
    systemctl -q is-enabled systemd-timesyncd.service 2>/dev/null && return 0
    quietly systemctl enable --now systemd-timesyncd.service || broken "clock: systemd-timesyncd cannot be enabled, see above"
    did "systemd-timesyncd starts at boot"
}
