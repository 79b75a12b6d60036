# shellcheck shell=bash disable=SC2034,SC2154
# Which distribution packages each purpose needs, and how they come onto the machine. Nothing is ever removed.

# The program's build takes the least; tests and benches ask for theirs when they are wanted.
program_packages=(cmake ninja-build g++ pkg-config libns3-dev nlohmann-json3-dev libyaml-cpp-dev libcli11-dev
  libzstd-dev liblz4-dev libxxhash-dev libssl-dev libibverbs-dev libvirt-dev libpugixml-dev libjs-dygraphs)
test_packages=(libgtest-dev libgmock-dev librapidcheck-dev iproute2)
bench_packages=(libbenchmark-dev)
python_packages=(python3 python3-dev pybind11-dev)
# What tests of the module use; each is skipped, with a word, where its package is not to be had. On a bare Debian 12 they bring
# 182 packages, 111 MiB to fetch; more than half of it comes with matplotlib.
python_test_packages=(python3-pandas python3-matplotlib python3-distributed python3-ipykernel python3-venv
  jupyter-nbconvert mypy)
# What builds the documents as a site (docs/decisions/0017-docs-site.md): 21 packages, 11 MiB to fetch. The test that builds it is
# skipped, with a word, where they are not to be had.
docs_packages=(python3 mkdocs mkdocs-material)
# Reports and the site are tried in a browser where the system has these; elsewhere those tests are skipped.
browser_packages=(chromium chromium-driver python3-selenium)

has_apt() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

# Prints those of its arguments that are not installed.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p') || true
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" || echo "$package"
  done
}

# Runs apt-get as root, quietly: the log is shown only when it fails.
apt_as_root() {
  local become=()
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null ||
      fail "this needs root, and there is no sudo; as root run: apt-get $*"
    become=(sudo)
  fi
  "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null >>"$root/build/apt.log" 2>&1
}

has_candidate() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) =~ 'Candidate: '[^\(] ]]; }

# Brings the package lists onto a machine that has none (a container image), once.
ensure_package_lists() {
  has_candidate "$1" || apt_as_root update || true
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "installing ${#missing[@]} packages: ${missing[*]}"
  : >"$root/build/apt.log"
  ensure_package_lists "${missing[0]}"
  local install=(install -y --no-install-recommends --no-remove "${missing[@]}")
  # A second try after an update: lists that are older than the mirror name files that are gone.
  apt_as_root "${install[@]}" || { apt_as_root update && apt_as_root "${install[@]}"; } || {
    tail -n 15 "$root/build/apt.log" >&2
    fail "apt-get could not install the packages; its log is build/apt.log"
  }
}

# install_offered PACKAGE...: those that this system's package sources have, and that get along with what is installed;
# the others are named. No failure: what needs them does without.
install_offered() {
  local offered=() package
  has_apt || return 0
  ensure_package_lists "$1"
  for package in "$@"; do
    if has_candidate "$package"; then offered+=("$package"); else say "no package source offers $package; its tests are skipped"; fi
  done
  [[ ${#offered[@]} -eq 0 ]] || (install_packages "${offered[@]}") || say "tests that need these packages are skipped"
}

list_needs() {
  say "this system has no apt-get. dwcp needs, under whatever names they have here:"
  printf '  %s\n' "CMake >= 3.25, Ninja, pkg-config, a C++20 compiler (g++ >= 12)" \
    "Boost >= 1.81 (headers), valijson (headers), nlohmann-json, yaml-cpp, CLI11" \
    "dygraphs 2 (dygraph.min.js and its synchronizer)" \
    "zstd, lz4, xxHash, OpenSSL >= 3.0, libibverbs (rdma-core >= 32)" "ns-3 3.37 to 3.43 with its headers (for the simulated world)" \
    "for tests: GoogleTest with GoogleMock, RapidCheck; chromium with chromedriver and selenium for Python; for benches: Google Benchmark; for Python: pybind11 >= 2.10, Python >= 3.11 with headers; for docs: mkdocs >= 1.4 with the theme material >= 8.2; for fuzz: clang >= 14 with libFuzzer" >&2
}

# ensure_packages PURPOSE...: program, test, bench, python, docs, fuzz.
ensure_packages() {
  if ! has_apt; then
    # Whoever installed everything by hand can go on; CMake names the first thing that is missing.
    command -v cmake >/dev/null && command -v ninja >/dev/null && return 0
    list_needs
    exit 1
  fi
  local wanted=()
  for purpose in "$@"; do
    local -n of_purpose=${purpose}_packages
    wanted+=("${of_purpose[@]}")
  done
  install_packages "${wanted[@]}"
  ensure_boost
  ensure_valijson
}
