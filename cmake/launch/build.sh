# shellcheck shell=bash disable=SC2154
# Configuring and building, with one line of progress; the log's relevant end is shown when something fails.

# Reads a tool's output, keeps it in LOG, and shows WHAT with the tool's own counter ("[12/88]") on a terminal.
progress() {
  local what=$1 log=$2 line
  : >"$log"
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    [[ -t 2 && $line =~ ([0-9]+)/([0-9]+) ]] && printf '\r\033[Kdwcp: %s %s of %s' "$what" "${BASH_REMATCH[@]:1:2}" >&2
  done
  [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

# g++ takes up to 1.5 GB for a file full of coroutines: as many jobs as processors, fewer where memory is short.
job_count() {
  local processors memory_mib
  processors=$(nproc)
  memory_mib=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
  local by_memory=$((memory_mib / 1500))
  echo $((by_memory < 1 ? 1 : by_memory < processors ? by_memory : processors))
}

# configure PRESET [NAME=VALUE...]: does nothing when the build folder is already configured so.
configure() {
  local preset=$1 folder=$root/build/$1 definition wanted=()
  shift
  for definition in "$@"; do
    grep -qE "^${definition%%=*}:[A-Z]+=${definition#*=}$" "$folder/CMakeCache.txt" 2>/dev/null || wanted+=("-D$definition")
  done
  [[ -f $folder/build.ninja && ${#wanted[@]} -eq 0 ]] && return 0
  mkdir -p "$folder"
  (cd "$root" && cmake --preset "$preset" "${wanted[@]}") >"$folder/configure.log" 2>&1 || {
    rm -f "$folder/build.ninja"
    grep -A 12 'CMake Error' "$folder/configure.log" | head -n 40 >&2 || tail -n 20 "$folder/configure.log" >&2
    has_apt || list_needs
    fail "configuring failed; the log is build/$preset/configure.log"
  }
}

# build PRESET TARGET...
build() {
  local preset=$1 folder=$root/build/$1 started=$SECONDS
  shift
  ninja -C "$folder" -j "$(job_count)" "$@" 2>&1 | progress "building ($preset)" "$folder/build.log" || {
    sed -n '/^FAILED:/,$p' "$folder/build.log" | { grep -v '^\[' || true; } | head -n 60 >&2
    grep -q '^FAILED:' "$folder/build.log" || tail -n 20 "$folder/build.log" >&2
    fail "the build failed; the log is build/$preset/build.log"
  }
  ((SECONDS - started < 3)) || say "built ($preset) in $((SECONDS - started)) s"
}

# Serialises set-up and build of several calls at once; the lock ends with this process.
lock_build() {
  exec 9>"$root/build/.lock"
  flock -n 9 || { say "waiting for another build" && flock 9; }
}

# The program, its packages, and nothing else. What is already configured (tests, benches) stays configured.
ensure_program() {
  lock_build
  ensure_packages program
  [[ -f $release/build.ninja ]] || {
    say "building the program; the first time takes a few minutes"
    configure release DWCP_BUILD_TESTS=OFF DWCP_BUILD_BENCHES=OFF
  }
  touch "$release/.building"  # an edit made while the compiler runs is newer than this
  build release dwcp_program
  mv "$release/.building" "$release/.built"
  exec 9>&-
}
