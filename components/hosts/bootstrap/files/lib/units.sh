# shellcheck shell=sh disable=SC2154 # settings of settings.sh
# The units: one that stops and starts the stack in order, one instance a stack; and the one that brings back secret
# files before Docker starts. Needs words.sh settings.sh.

UNITS=/etc/systemd/system
UNIT=$UNITS/tandem@.service

start_in_order() {
    for script in ordered unbootstrap secrets; do
        put "$LIBRARY/$script" 755 <"$here/$script" && did "$LIBRARY/$script" || :
    done
    for words in words settings sshd secret_files; do
        put "$LIBRARY/lib/$words.sh" 644 <"$lib/$words.sh" && did "$LIBRARY/lib/$words.sh" || :
    done
    about | put "$ETC/$name.conf" 644 && did "$ETC/$name.conf" || :
    quietly systemd-analyze verify "$lib/../units/tandem@.service" || broken "units: systemd refuses tandem@.service, see above"
    if put "$UNIT" 644 <"$lib/../units/tandem@.service"; then
        quietly systemctl daemon-reload
        did "$UNIT"
    fi
    bring_back_secrets
    if ! systemctl -q is-enabled "tandem@$name.service" 2>/dev/null; then
        quietly systemctl enable "tandem@$name.service" || broken "units: tandem@$name cannot be enabled, see above"
        did "tandem@$name starts at boot"
    fi
    # Only what is active is stopped at shutdown. It starts nothing that no shutdown has stopped.
    case $(systemctl is-active "tandem@$name.service" || :) in
    active | activating) ;;
    *)
        quietly systemctl start --no-block "tandem@$name.service" || broken "units: tandem@$name cannot be started, see above"
        did "tandem@$name started"
        ;;
    esac
}

bring_back_secrets() {
    if put "$UNITS/tandem-secrets.service" 644 <"$lib/../units/tandem-secrets.service"; then
        quietly systemctl daemon-reload
        did "$UNITS/tandem-secrets.service"
    fi
    if ! systemctl -q is-enabled tandem-secrets.service 2>/dev/null; then
        quietly systemctl enable tandem-secrets.service || broken "units: tandem-secrets cannot be enabled, see above"
        did "tandem-secrets starts at boot"
    fi
}

# about: what the units and the removal need to know, without keys.
about() {
    printf '%s\n' "project $project" "stack $stack" "user $user" "address $address" "port $port" "hardening $hardening" "min_free_gb $min_free_gb"
    for one in $gateway_ports; do echo "gateway_port $one"; done
    echo end
}
