# shellcheck shell=bash
# What the try-it scripts share. Sourced by them, with `set -euo pipefail`, as root on Debian.
#
# Gives: $checkout, $work (a folder that is removed at the end), and the functions below. At the end `finish` is called,
# which the script may define to end what it has started.

checkout="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
mirror="${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
failed=0

[ "$(id -u)" = 0 ] || { echo "this needs root: it makes a Debian tree and starts containers in it" >&2; exit 2; }
command -v apt-get >/dev/null || { echo "this needs Debian: what it takes is installed with apt-get" >&2; exit 2; }

work="$(mktemp -d /var/tmp/budget-monitor-try-it.XXXXXX)"

_end() {
  local status=$?
  set +e
  trap - EXIT
  if declare -F finish >/dev/null; then finish; fi
  rm -rf --one-file-system "$work"
  exit "$status"
}
trap _end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }

# installed PACKAGE...: install what is missing of these on this machine, and nothing that would start by itself.
installed() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  echo "installing ${missing[*]} ..."
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# debian SUITE FOLDER PACKAGES: a minimal Debian with these packages, separated by commas, beside the least there is.
# Where $DEBIAN_CACHE names a folder, the tree is kept there and taken from there the next time.
debian() {
  local kept="${DEBIAN_CACHE:-$work}/$1-${3//,/-}.tar"
  if ! [ -e "$kept" ]; then
    mmdebstrap --quiet --format=tar --variant=minbase --include="$3" "$1" "$kept.part" "$mirror" 2>"$work/debian.log" || {
      cat "$work/debian.log" >&2
      exit 1
    }
    mv "$kept.part" "$kept"
  fi
  mkdir "$2"
  tar -x --numeric-owner --xattrs --xattrs-include='*' -f "$kept" -C "$2"
  [ -n "${DEBIAN_CACHE:-}" ] || rm "$kept"
}

# shows WHAT COMMAND...: say whether a command succeeds, with the end of its output where it does not.
shows() {
  local what="$1" output
  shift
  if output="$("$@" 2>&1)"; then
    printf '  ok      %s\n' "$what"
  else
    printf '  FAILED  %s\n' "$what"
    tail -n 15 <<<"$output" | sed 's/^/          | /'
    failed=1
  fi
}

# within SECONDS COMMAND...: try a command until it succeeds, for so long.
within() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.2
  done
}

not() { ! "$@"; }

verdict() {
  if [ "$failed" = 0 ]; then step "all of it holds"; else step "NOT all of it holds"; fi
  exit "$failed"
}
