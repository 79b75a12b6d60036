#!/bin/bash
# How the launcher treats a machine: in front of real programs stand fakes that write down what they were asked. $1 is the
# project's folder. Touches nothing outside a temporary folder.
# shellcheck disable=SC2016  # the launcher expands what stands in single quotes
set -uo pipefail
project=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$project/cmake/launch" "$work/launch"
become=()
failures=0

# fake NAME SCRIPT: a program of that name, first on the path.
fake() {
  printf '#!/bin/bash\nprintf "%%s %%s\\n" "%s" "$*" >>"%s/calls"\n%s\n' "$1" "$work" "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# in_launcher COMMANDS: runs them with the launcher's functions loaded; output and calls are left in $work.
in_launcher() {
  : >"$work/calls"
  PATH="$work/bin:$PATH" "${become[@]}" bash -euo pipefail -c "
    root=$work/root; release=\$root/build/release; program=\$release/cli/dwcp
    mkdir -p \$root/build
    say() { printf 'dwcp: %s\n' \"\$*\" >&2; }
    fail() { say \"\$@\"; exit 1; }
    for part in packages private_prefix build; do source $work/launch/\$part.sh; done
    $1" >"$work/output" 2>&1
}

expect() {
  local what=$1
  shift
  "$@" || { echo "FAILED: $what"; sed 's/^/  output: /' "$work/output"; sed 's/^/  call: /' "$work/calls"; failures=$((failures + 1)); }
}
says() { grep -qF -- "$1" "$work/output"; }
called() { grep -qF -- "$1" "$work/calls"; }
not() { ! "$@"; }

machine_with() {
  rm -rf "${work:?}/bin" "${work:?}/root"
  mkdir -p "$work/bin"
  fake dpkg-query "$1"
  fake apt-cache 'echo "  Candidate: 1.0"'
  fake apt-get 'exit 0'
}
nothing_installed='exit 1'
cmake_installed='echo "ii  cmake"'

machine_with "$cmake_installed"
expect "installing succeeds" in_launcher 'install_packages cmake ninja-build g++'
expect "names what is missing, and only that" says 'installing 2 packages: ninja-build g++'
expect "never lets apt remove anything" called 'apt-get -q install -y --no-install-recommends --no-remove ninja-build g++'

machine_with 'echo "ii  cmake"; echo "ii  g++"'
expect "a complete machine is left alone" in_launcher 'install_packages cmake g++'
expect "without a call to apt-get" not called apt-get

# dpkg knows a removed package whose configuration files stayed as "rc".
machine_with 'echo "rc  cmake"'
expect "installing succeeds" in_launcher 'install_packages cmake'
expect "a removed package counts as missing" says 'installing 1 packages: cmake'

machine_with "$nothing_installed"
fake apt-get 'echo "E: Packages need to be removed but remove is disabled."; exit 100'
expect "a conflict stops the launcher" not in_launcher 'install_packages cmake'
expect "with apt's own words" says 'remove is disabled'
expect "after one try with fresh lists" called 'apt-get -q update'

# As a user without sudo; as root, the user is nobody.
machine_with "$nothing_installed"
[[ $EUID -ne 0 ]] || { become=(setpriv --reuid=65534 --regid=65534 --clear-groups) && mkdir -p "$work/root" && chmod -R 777 "$work"; }
expect "without root and sudo the launcher stops" not in_launcher 'command() { [[ $2 != sudo ]] && builtin command "$@"; }; install_packages cmake'
expect "with the command that root would run" says 'as root run: apt-get install -y --no-install-recommends --no-remove cmake'
expect "and runs nothing" not called 'install'
become=()

machine_with "$nothing_installed"
expect "without apt the needs are listed" not in_launcher 'has_apt() { false; }; command() { [[ $2 != cmake ]] && builtin command "$@"; }; ensure_packages program'
expect "by what they are" says 'Boost >= 1.81'

machine_with "$nothing_installed"
expect "Boost that is new enough is used as it is" in_launcher 'boost_version_in() { echo 108300; }; ensure_boost'
expect "without a download" not called apt-get

machine_with "$nothing_installed"
fake apt-cache 'case $1 in policy) echo "  Candidate: 1.74.0.3" ;; pkgnames) printf "libboost1.74-dev\nlibboost1.81-dev\nlibboost1.81-doc\n" ;; esac'
expect "an old default Boost is not replaced" in_launcher 'boost_version_in() { echo 107400; }; private_headers() { echo "private $*"; }; ensure_boost'
expect "but the newer one's headers are taken aside" says 'private libboost1.81-dev boost'
expect "without installing" not called 'install'

machine_with "$nothing_installed"
fake apt-cache 'echo "  Candidate: 1.83.0.2"'
expect "a default Boost that is new enough is installed" in_launcher 'boost_version_in() { echo 0; }; ensure_boost'
expect "as a package" called 'install -y --no-install-recommends --no-remove libboost-dev'

machine_with "$nothing_installed"
fake apt-cache '[[ $2 == python3-distributed ]] && echo "  Candidate: (none)" || echo "  Candidate: 1.0"'
expect "packages that are not offered are no failure" in_launcher 'install_offered python3-pandas python3-distributed'
expect "they are named" says 'no package source offers python3-distributed'
expect "and the others are installed" called '--no-remove python3-pandas'

machine_with "$nothing_installed"
fake apt-get 'echo "E: Packages need to be removed but remove is disabled."; exit 100'
expect "a conflict of theirs is no failure either" in_launcher 'install_offered python3-matplotlib; echo "went on"'
expect "apt's words are shown" says 'remove is disabled'
expect "and what follows from it" says 'tests that need these packages are skipped'
expect "and the launcher goes on" says 'went on'

# As a user without sudo, to whom nothing can be installed; as root, the user is nobody.
machine_with "$nothing_installed"
[[ $EUID -ne 0 ]] || { become=(setpriv --reuid=65534 --regid=65534 --clear-groups) && mkdir -p "$work/root" && chmod -R 777 "$work"; }
expect "without root Python runs without the extension" in_launcher 'command() { [[ $2 != sudo ]] && builtin command "$@"; }; source '"$work"'/launch/python.sh; ensure_extension python3'
expect "which is said" says 'dwcp.hde and dwcp.QemuStream are left out: they need root once, for apt-get install python3 python3-dev pybind11-dev'
expect "and nothing is installed" not called 'install'
become=()

machine_with "$nothing_installed"
expect "a Python that is named and is not there is refused" not in_launcher 'source '"$work"'/launch/python.sh; DWCP_PYTHON=/none/python run_python'
expect "by its name" says "DWCP_PYTHON names '/none/python', which cannot be run"

[[ $failures -eq 0 ]] || { echo "$failures expectations failed"; exit 1; }
echo "the launcher behaves"
