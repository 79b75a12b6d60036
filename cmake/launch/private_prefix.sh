# shellcheck shell=bash disable=SC2154
# Header-only packages that must not be installed on the user's machine, because apt would remove others for them or
# bring a desktop's worth of dependencies: their headers go to build/deps. Why: docs/decisions/0001-private-prefix.md.
prefix=$root/build/deps
boost_version_min=108100

# private_headers PACKAGE FOLDER: takes usr/include/FOLDER out of the package.
private_headers() {
  local package=$1 folder=$2 staging sandbox=()
  say "fetching the headers of $package into build/deps"
  ensure_package_lists "$package"
  has_candidate "$package" || fail "no package source offers $package; it is needed for its headers"
  mkdir -p "$prefix/usr/include"
  staging=$(mktemp -d "$prefix/staging.XXXXXX")
  # apt's own unprivileged user may not write here; the file's signature is checked all the same.
  [[ $EUID -ne 0 ]] || sandbox=(-o APT::Sandbox::User=root)
  (cd "$staging" && apt-get -q "${sandbox[@]}" download "$package") >>"$root/build/apt.log" 2>&1 || {
    tail -n 15 "$root/build/apt.log" >&2
    rm -rf "$staging"
    fail "could not download $package; apt's log is build/apt.log"
  }
  dpkg-deb --fsys-tarfile "$staging"/*.deb | tar -x -C "$staging" "./usr/include/$folder"
  rm -rf "${prefix:?}/usr/include/$folder"
  mv "$staging/usr/include/$folder" "$prefix/usr/include/$folder"
  rm -rf "$staging"
}

# Prints BOOST_VERSION of the headers under an include folder; 0 where there are none.
boost_version_in() {
  sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' "$1/boost/version.hpp" 2>/dev/null | grep . || echo 0
}

newest_boost_package() {
  apt-cache pkgnames libboost1. | grep -xE 'libboost1\.[0-9]+-dev' | sort -V | tail -n 1
}

ensure_boost() {
  [[ $(boost_version_in "$prefix/usr/include") -lt $boost_version_min ]] || return 0
  local present
  present=$(boost_version_in /usr/include)
  [[ $present -lt $boost_version_min ]] || return 0
  ensure_package_lists libboost-dev
  local offered
  offered=$(LC_ALL=C apt-cache policy libboost-dev | sed -n 's/.*Candidate: 1\.\([0-9]*\).*/\1/p')
  if [[ $present -eq 0 && ${offered:-0} -ge 81 ]]; then
    install_packages libboost-dev
  else
    private_headers "$(newest_boost_package)" boost
  fi
}

ensure_valijson() {
  [[ -d $prefix/usr/include/valijson || -d /usr/include/valijson ]] || private_headers libvalijson-dev valijson
}
