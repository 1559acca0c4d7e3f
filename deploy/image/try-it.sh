#!/usr/bin/env bash
# Builds the image from the Dockerfile as it is, runs it as a container, and shows what it promises. Exit status: 0 where
# all of it holds, 1 where anything does not.
#
# Anyone can run it as root on Debian; it takes one to four minutes. It installs buildah, podman and mmdebstrap, leaves
# nothing else behind, and listens nowhere: the containers share a network of their own that has only a loopback.
#
# Where no registry can be reached, the base image is a Debian tree with Python, tagged with the name of the base. pip is
# configured in the build as it is on this machine; nothing of that gets into the image.
set -euo pipefail
. "$(dirname "$0")/../try-it/lib.sh"

engine=(--root "$work/storage" --runroot "$work/run")
buildah() { command buildah "${engine[@]}" "$@"; }
# Without systemd podman has no timers for health checks, and says so each time.
podman() {
  command podman "${engine[@]}" --tmpdir "$work/tmp" --runtime runc --cgroup-manager cgroupfs --events-backend none \
    "$@" 2> >(grep -v 'unable to get systemd connection' >&2)
}

finish() {
  local container
  for container in monitor again api; do # the network that others share goes last
    podman stop --ignore --time 5 "$container" >/dev/null
    podman rm --ignore --force "$container" >/dev/null
  done
  within 15 not pgrep --full "$work/storage" >/dev/null # each container's keeper cleans up after it
  ! mountpoint -q "$work/storage/overlay" || umount --recursive "$work/storage/overlay"
  # podman makes these, and leaves them; those of other containers are not empty.
  find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} \; 2>/dev/null
}

step "what is needed on this machine"
installed buildah podman runc mmdebstrap ca-certificates python3

base="$(sed -n 's/^FROM \(\S*\)$/\1/p' "$checkout/Dockerfile")"
step "the base image, $base"
if timeout 120 buildah pull --quiet "docker.io/library/$base" >/dev/null 2>&1; then
  echo "pulled"
else
  version="${base#python:}"
  version="${version%-slim}"
  debian "${SUITE:-trixie}" "$work/base" ca-certificates,python3,python3-venv
  # As the real one has it: under these names in /usr/local, free to install into, and not compiled.
  for name in python python3 "python$version"; do
    ln -s "/usr/bin/python$version" "$work/base/usr/local/bin/$name"
  done
  rm -f "$work/base/usr/lib/python$version/EXTERNALLY-MANAGED"
  find "$work/base/usr/lib" -depth -type d -name __pycache__ -exec rm -r {} +
  [ "$(chroot "$work/base" python -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$version" ]
  container="$(buildah from scratch)"
  buildah add --quiet "$container" "$work/base" / >/dev/null
  buildah commit --quiet --rm "$container" "docker.io/library/$base" >/dev/null
  rm -rf --one-file-system "$work/base"
  echo "no registry can be reached: a tree of Debian ${SUITE:-trixie} with Python $version stands in for it"
fi

step "the build"
volumes=()
while read -r place; do volumes+=(--volume "$place:$place:ro"); done \
  < <(python3 "$checkout/deploy/try-it/pip_configuration.py" "$work/pip.conf")
began=$SECONDS
buildah build --isolation chroot --network host --format docker --quiet \
  --secret "id=pip,src=$work/pip.conf" "${volumes[@]}" \
  --build-arg VERSION="$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$checkout/monitor/__init__.py")" \
  --tag budget-monitor "$checkout" >"$work/build.log" 2>&1 || {
  tail -n 40 "$work/build.log" >&2
  exit 1
}
size() { podman image inspect --format '{{.Size}}' "$1"; }
over=$((($(size budget-monitor) - $(size "$base")) / 1000000))
printf 'built in %d s: %d MB, of which %d MB over the base\n' \
  $((SECONDS - began)) $(($(size budget-monitor) / 1000000)) "$over"

confined=(--read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges
  --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --pull never)
image() { podman image inspect --format "$1" budget-monitor; }
inside() { podman run --rm --network none "${confined[@]}" --entrypoint sh budget-monitor -c "$1"; }
shows "less than 200 MB over the base" [ "$over" -lt 200 ]
shows "a numeric user that is not root" grep -qx '10001:10001' <(image '{{.Config.User}}')
shows "a health check through the command itself" grep -q 'budget-monitor healthcheck' <(image '{{.Config.Healthcheck.Test}}')
shows "labels of the Open Container Initiative" grep -q 'org.opencontainers.image.version:[0-9]' <(image '{{.Config.Labels}}')
shows "no compiler, no pip of its own, no cache" inside \
  '! command -v cc && ! command -v gcc && ! ls /opt/budget-monitor/bin/pip* && ! ls -d /root/.cache /wheel /source'
shows "nothing of this machine's pip" inside '! grep -q . /etc/pip.conf && ! [ -e /etc/xdg/pip ]'
shows "it is compiled, down to Python's own library" inside \
  "! python -v -m monitor --version 2>&1 | grep -E \"^# code object from .*[.]py'?\\$\""

step "a container of it, read-only, with no capability, polling the demo's API"
cp "$checkout/monitor/demo/rules.toml" "$work/rules.toml"
printf 'demo-key\n' >"$work/RESPAN_API_KEY"
chmod 0644 "$work/rules.toml" "$work/RESPAN_API_KEY"
podman run --detach --name api --network none "${confined[@]}" --env MONITOR_LISTEN=127.0.0.1:8080 \
  budget-monitor demo --serve-only >/dev/null
start() {
  podman run --detach --name "$1" --network container:api "${confined[@]}" \
    --volume budget-monitor:/var/lib/budget-monitor \
    --volume "$work/rules.toml:/etc/budget-monitor/rules.toml:ro" \
    --volume "$work/RESPAN_API_KEY:/run/secrets/RESPAN_API_KEY:ro" \
    --env RESPAN_BASE_URL=http://127.0.0.1:8080 budget-monitor >/dev/null
}
start monitor
ask() {
  podman exec monitor python -c '
import sys, urllib.request, urllib.error
try:
    print(urllib.request.urlopen(f"http://127.0.0.1:9477{sys.argv[1]}", timeout=5).read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
' "$1"
}
polled() { grep -Eq '^budget_monitor_polls_total\{environment="prod",result="complete"\} [1-9]' <(ask /metrics); }
said() { grep -q "$1" <(podman logs monitor 2>&1); }
first() { grep -Pq "$1" <(podman exec monitor cat /proc/1/status); }
writes() { podman exec monitor sh -c "echo > $1"; }

shows "it polls the demo's API" within 30 polled
shows "it tells what it found" within 30 said '"event": "message delivered"'
shows "its health check says that it is healthy" podman healthcheck run monitor
shows "the check fails where nothing answers, and says so" \
  grep -q 'nothing listens on 127.0.0.1:1:' <(podman exec --env MONITOR_LISTEN=0.0.0.0:1 monitor budget-monitor healthcheck 2>&1)
shows "its first process is not root" first '^Uid:\t10001\t10001\t10001\t10001'
shows "... and no capability" first '^CapEff:\t0+$'
shows "its root is read-only" not writes /opt/budget-monitor/x
shows "... /tmp too" not writes /tmp/x
shows "its state is not" writes /var/lib/budget-monitor/x
shows "beyond loopback the API wants a token" grep -q '^403 ' <(ask /api/v1/alerts)
shows "metrics and health do not" grep -q healthy <(ask /-/healthy)

step "its end"
# stop NAME: stops a container; prints its exit status and the seconds that it took.
stop() {
  local began=$EPOCHREALTIME
  podman stop --time 20 "$1" >/dev/null
  printf '%s %s\n' "$(podman inspect --format '{{.State.ExitCode}}' "$1")" "$((10#${EPOCHREALTIME/./} - 10#${began/./}))"
}
read -r status took < <(stop monitor)
shows "SIGTERM ends it within 10 s ($((took / 1000)) ms)" [ "$took" -lt 10000000 ]
shows "... with 0" [ "$status" = 0 ]
shows "it says so" said '"event": "stopping"'
start again
# As soon as it has a handler (bit 14, SIGTERM): 143 before the daemon has taken over from it, 0 after that.
handled() { (((0x$(sed -n 's/^SigCgt:\t//p' "/proc/$(podman inspect --format '{{.State.Pid}}' again)/status") >> 14) & 1)); }
within 5 handled
read -r status took < <(stop again)
shows "so it does while it starts ($((took / 1000)) ms, exit status $status)" [ "$took" -lt 5000000 ]
shows "... by itself" grep -qx '143\|0' <<<"$status"
shows "the next container has the alerts" grep -q period-budget \
  <(podman run --rm --network none "${confined[@]}" --volume budget-monitor:/var/lib/budget-monitor budget-monitor alerts)

verdict
