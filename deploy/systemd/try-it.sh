#!/usr/bin/env bash
# Boots a Debian with systemd as process 1, installs budget-monitor there as the guide says, and shows what the unit
# promises. Exit status: 0 where all of it holds, 1 where anything does not.
#
# Anyone can run it as root on Debian; it takes two to five minutes. It installs systemd-container and mmdebstrap and
# leaves nothing else behind. SUITE=bookworm boots another Debian.
#
# The machine shares this one's network, as it installs packages; what listens there does so on ports that are free, on
# loopback. pip is configured in it as it is here.
set -euo pipefail
. "$(dirname "$0")/../try-it/lib.sh"

suite="${SUITE:-trixie}"
tree="$work/machine"
unit=budget-monitor.service
booted=""
leader=""

finish() {
  [ -n "$booted" ] || return
  # The machine's own way to end; then the hard one.
  [ -z "$leader" ] || machine systemctl poweroff >/dev/null 2>&1
  within 20 not kill -0 "$booted" 2>/dev/null || kill -KILL "$booted" "$leader" 2>/dev/null
  wait "$booted" 2>/dev/null
}

machine() { nsenter --target "$leader" --mount --uts --ipc --pid --cgroup -- "$@"; }

step "what is needed on this machine"
installed systemd-container mmdebstrap ca-certificates python3

step "a Debian $suite"
debian "$suite" "$tree" systemd,systemd-sysv,dbus,ca-certificates,python3,python3-venv
binds=()
while read -r place; do binds+=("--bind-ro=$place"); done \
  < <(python3 "$checkout/deploy/try-it/pip_configuration.py" "$tree/etc/pip.conf")
mkdir "$tree/root/checkout"
tar -C "$checkout" --exclude=__pycache__ -c LICENSE README.md pyproject.toml requirements monitor deploy |
  tar -C "$tree/root/checkout" -x
cp "$checkout/monitor/demo/rules.toml" "$tree/root/checkout/"
# By name and by TLS, to where nothing listens: how far it gets shows what the sandbox lets through.
printf '\n[[channels]]\nname = "closed"\nurl = "jsons://localhost:9/"\n' >>"$tree/root/checkout/rules.toml"
read -r api listen < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(each.getsockname()[1] for each in sockets))')
mkdir "$tree/etc/budget-monitor"
printf '%s\n' "RESPAN_BASE_URL=http://127.0.0.1:$api" "MONITOR_LISTEN=127.0.0.1:$listen" \
  >"$tree/etc/budget-monitor/environment"
printf '%s\n' '[Service]' "Environment=MONITOR_LISTEN=127.0.0.1:$api PYTHONUNBUFFERED=1" \
  'ExecStart=/opt/budget-monitor/bin/budget-monitor demo --serve-only' >"$tree/etc/systemd/system/api.service"

step "its boot"
export work tree
unshare --mount --propagation private bash -euc '
  options=()
  if ! [ -d /run/systemd/system ]; then
    # No systemd here to ask for a scope, or to keep the books on machines.
    options+=(--register=no --keep-unit)
    mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd
  fi
  if ! [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    # What boots wants the one hierarchy of today.
    umount --recursive /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup
  fi
  exec systemd-nspawn --quiet --directory="$tree" --machine="try-it-$$" --boot --console=pipe --resolv-conf=copy-host \
    "${options[@]}" "$@"
' - "${binds[@]}" </dev/null >"$work/boot.log" 2>&1 &
booted=$!
is_booted() { leader="$(pgrep --parent "$booted" | head -n 1)" && machine systemctl is-system-running 2>&1 | grep -q running; }
within 60 is_booted || {
  cat "$work/boot.log" >&2
  exit 1
}
machine systemctl --version | head -n 1

step "the guide, line by line"
sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$checkout/deploy/systemd/README.md" >"$tree/root/guide.sh"
cat "$tree/root/guide.sh"
[ "$(wc -l <"$tree/root/guide.sh")" -le 10 ]
began=$SECONDS
machine env RESPAN_API_KEY=demo-key PIP_NO_CACHE_DIR=1 PIP_QUIET=2 bash -euc 'cd /root/checkout; . /root/guide.sh'
echo "installed and started in $((SECONDS - began)) s"
machine systemctl start api.service

property() { machine systemctl show "$unit" --property "$1" --value; }
is() { [ "$(property "$1")" = "$2" ]; }
logged() { grep -q -- "$1" <(machine journalctl --unit "$unit" --output cat --no-pager); }
metrics() { machine python3 -c '
import sys, urllib.request
print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics", timeout=5).read().decode())' "$listen"; }
metric() { grep -Eq "$1" <(metrics); }
polled() { metric '^budget_monitor_polls_total\{environment="prod",result="complete"\} [1-9]'; }
alerts() { machine env STATE_DIRECTORY=/var/lib/budget-monitor /opt/budget-monitor/bin/budget-monitor alerts --json; }
process() { machine cat "/proc/$(property MainPID)/$1"; }
status() { grep -q "$1" <(property StatusText); }

step "its start"
shows "it is active" is ActiveState active
shows "... as it said so itself" is Type notify
shows "it polls" within 60 polled
shows "its status tells what it does" within 15 status '^watching [0-9,]* customers in prod, test$'
property StatusText | sed 's/^/          /'
shows "it is not root" not grep -q '^Uid:[[:space:]]*0' <(process status)
shows "the key is in no environment" not grep -q demo-key <(process environ)
shows "it reaches for a channel out of its sandbox" within 30 logged 'channel closed: .*refused'
shows "its metrics know when it was started" metric '^process_start_time_seconds 1\.[0-9]+e\+09'
shows "a health check finds it" machine env "MONITOR_LISTEN=127.0.0.1:$listen" /opt/budget-monitor/bin/budget-monitor healthcheck
shows "systemd finds no fault with the unit" machine bash -c 'verified="$(systemd-analyze verify "$1" 2>&1)"; echo "$verified"; [ -z "$verified" ]' - "/etc/systemd/system/$unit"
exposure="$(machine systemd-analyze security "$unit" --no-pager | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')"
shows "systemd-analyze security: exposure $exposure, at most 1.5" awk "BEGIN { exit !($exposure <= 1.5) }"

step "a reload"
rules="$tree/etc/budget-monitor/rules.toml"
pid="$(property MainPID)"
sed -i 's/^name = "total-budget"$/name = "lifetime-budget"/' "$rules"
shows "a new rules file is taken" machine systemctl reload "$unit"
shows "... it says so" within 10 logged '"event": "rules reloaded"'
shows "... and counts it" within 10 metric '^budget_monitor_rules_reloads_total\{result="taken"\} 1'
sed -i 's/^when = "period_budget /when = "period_bugdet /' "$rules"
machine systemctl reload "$unit"
shows "a wrong one is refused, with line and column" within 10 \
  logged 'rules refused.*rules.toml:[0-9]*:[0-9]*: there is no field .period_bugdet.\|rules.toml:[0-9]*:[0-9]*: there is no field .period_bugdet..*rules refused'
shows "... its status says so" within 10 status '; rules: the file was refused'
shows "... and it stays active" is ActiveState active
shows "the process has stayed the same" is MainPID "$pid"
sed -i 's/period_bugdet/period_budget/' "$rules"
machine systemctl reload "$unit"
shows "mended, it is taken" within 10 metric '^budget_monitor_rules_last_reload_success 1'

step "its end, and its state"
machine systemctl stop api.service # so that nothing changes meanwhile
began=$EPOCHREALTIME
machine systemctl stop "$unit"
took=$((10#${EPOCHREALTIME/./} - 10#${began/./}))
shows "it stops within 10 s ($((took / 1000)) ms)" [ "$took" -lt 10000000 ]
shows "... cleanly" is Result success
shows "... with 0" is ExecMainStatus 0
shows "the state is nobody else's" grep -qx 700 <(machine stat -L -c %a /var/lib/budget-monitor)
before="$(alerts)"
shows "there are alerts ($(grep -c '"rule"' <<<"$before"))" grep -q period-budget <<<"$before"
shows "it starts while the API is down" machine systemctl start "$unit"
shows "... and has the alerts of before" [ "$before" = "$(alerts)" ]
machine systemctl start api.service
shows "... and polls" within 60 polled

step "the watchdog ($(property WatchdogUSec)): its loop is stopped"
pid="$(property MainPID)"
restarted() { is NRestarts 1 && is ActiveState active && not is MainPID "$pid"; }
began=$SECONDS
machine systemctl kill --signal SIGSTOP --kill-whom main "$unit"
shows "it is started again" within 100 restarted
echo "          after $((SECONDS - began)) s"
shows "... by the watchdog" logged 'Watchdog timeout'
shows "... with the place where it stood in the journal" logged 'Current thread 0x'
shows "... and polls" within 60 polled

step "the watchdog, at 6 s: what is down is not stuck"
mkdir "$tree/etc/systemd/system/$unit.d"
printf '[Service]\nWatchdogSec=6s\n' >"$tree/etc/systemd/system/$unit.d/watchdog.conf"
machine systemctl daemon-reload
machine systemctl restart "$unit"
machine systemctl stop api.service
pid="$(property MainPID)"
shows "it says that it is not up to date" within 30 status '^not up to date: '
property StatusText | sed 's/^/          /'
sleep 20
shows "it is left alone" is MainPID "$pid"

step "a wrong rules file at the start"
machine systemctl stop "$unit"
sed -i 's/^when = "period_budget /when = "period_bugdet /' "$rules"
shows "it does not start" not machine systemctl start "$unit"
shows "... and is not tried again and again" within 10 is ActiveState failed

verdict
