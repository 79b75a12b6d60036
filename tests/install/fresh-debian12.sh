#!/bin/bash
# Proves on a machine with nothing installed (a debootstrap chroot) that ./dwcp does all set-up by itself, that the first
# scenario runs, and that the tests pass. Needs root, debootstrap, git, and the package mirror that this machine uses.
#
#   tests/install/fresh-debian12.sh              Debian 12
#   SUITE=trixie tests/install/fresh-debian12.sh another suite of the same mirror
#   KEEP=1                                       leave the chroot for a look
#   SKIP_TESTS=1                                 stop after the program
#
# Everything is mounted in a mount namespace of its own, which ends with the script, and lies in one folder, which is removed.
set -euo pipefail

suite=${SUITE:-bookworm}
time_limit=5400 # seconds, for everything in the chroot
source_root=$(dirname "$(readlink -f "$0")")/../..
first_scenario=scenarios/internet/first-migration.yaml

fail() { echo "fresh-debian12: $*" >&2; exit 1; }
step() { echo "== $(date -u +%H:%M:%S) $*"; }

# The Debian mirror that this machine's apt is configured with.
host_mirror() {
  # shellcheck disable=SC2016  # apt expands these
  apt-get indextargets --format '$(REPO_URI) $(ORIGIN)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $1 !~ /security/ { print $1; exit }'
}

# What this machine's apt needs to reach its mirror (proxies, tolerance of snapshots) the chroot's needs as well.
copy_network_settings() {
  local target=$1 mirror=$2
  cp -L /etc/resolv.conf "$target/etc/resolv.conf"
  cp -L /etc/hosts "$target/etc/hosts"
  apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-(Valid-Until|Date))' >"$target/etc/apt/apt.conf.d/90host" || true
  echo "deb $mirror $suite main" >"$target/etc/apt/sources.list"
}

# Runs in the mount namespace.
inside_namespace() {
  local target=$1
  mount -t proc proc "$target/proc"
  mount -t sysfs -o ro sysfs "$target/sys"
  mount -t tmpfs -o mode=1777 tmpfs "$target/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$target/dev/pts"
  local commands="set -e; cd /dwcp; ./dwcp --version"
  # A commit that has no scenarios yet is proved by its program alone.
  [[ ! -e $target/dwcp/$first_scenario ]] || commands+="; ./dwcp run $first_scenario"
  [[ -n ${SKIP_TESTS-} ]] || commands+="; ./dwcp test"
  timeout --kill-after=30 "$time_limit" chroot "$target" /usr/bin/env -i \
    HOME=/root LANG=C.UTF-8 CI=true PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    bash -c "$commands" </dev/null
}

if [[ ${1-} == --inside ]]; then
  inside_namespace "$2"
  exit
fi

[[ $EUID -eq 0 ]] || fail "needs root, for debootstrap and chroot"
for tool in debootstrap git unshare; do
  command -v "$tool" >/dev/null || fail "needs the program $tool"
done
mirror=$(host_mirror)
[[ -n $mirror ]] || fail "this machine's apt knows no Debian mirror"

target=$(mktemp -d "${TMPDIR:-/var/tmp}/dwcp-fresh.XXXXXX")
chmod 755 "$target" # it becomes the root folder, for users too
[[ -n ${KEEP-} ]] || trap 'rm -rf --one-file-system "$target"' EXIT

step "bare $suite into $target"
debootstrap --variant=minbase "$suite" "$target" "$mirror" >"$target.log" 2>&1 || {
  tail -n 20 "$target.log" >&2
  fail "debootstrap failed"
}
rm -f "$target.log"
copy_network_settings "$target" "$mirror"
git clone --quiet --no-hardlinks "$source_root" "$target/dwcp"

step "in the chroot, with nothing installed"
started=$SECONDS
unshare --mount --propagation private "$0" --inside "$target" || fail "failed in the chroot ($suite)"
step "passed on a bare $suite in $((SECONDS - started)) s"
