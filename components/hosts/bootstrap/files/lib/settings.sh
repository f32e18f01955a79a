# shellcheck shell=sh disable=SC2034 # what others use
# The settings: `key value` lines and a last line `end`. Needs words.sh.

ETC=/etc/tandem
LIBRARY=/usr/local/lib/tandem
SELF=$ETC/self_ed25519
NEWLINE='
'

# read_settings FILE
read_settings() {
    project='' stack='' engine='' user='' address='' port=22 hardening=no min_free_gb=10 gateway_ports='' admitted='' whole=''
    [ -f "$1" ] || unfit "no settings at '$1': usage: bootstrap SETTINGS [NOW]"
    while read -r key value; do
        case $key in
        project) project=$value ;;
        stack) stack=$value ;;
        engine) engine=$value ;;
        user) user=$value ;;
        address) address=$value ;;
        port) port=$value ;;
        hardening) hardening=$value ;;
        min_free_gb) min_free_gb=$value ;;
        gateway_port) gateway_ports="$gateway_ports $value" ;;
        admit) admitted="$admitted$value$NEWLINE" ;;
        end) whole=yes ;;
        *) unfit "the settings have a key '$key' that nobody knows here" ;;
        esac
    done <"$1"
    [ -n "$whole" ] || unfit "the settings are cut off: they must end with a line 'end'"
    case $project$stack$user in *[!A-Za-z0-9._-]*) unfit "project, stack and user must be plain names" ;; esac
    for said in "$project" "$stack" "$user" "$address"; do
        [ -n "$said" ] || unfit "the settings must say project, stack, user and address"
    done
    case $port$min_free_gb in *[!0-9]*) unfit "port and min_free_gb must be numbers" ;; esac
    name=$project-$stack
    folder=/var/lib/tandem/$name
}
