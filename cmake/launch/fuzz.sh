# shellcheck shell=bash disable=SC2154
# ./dwcp fuzz: a target is a folder under tests/fuzz with a CMakeLists.txt (target fuzz_<name>), a file `options` with
# libFuzzer's for it, one a line, and, where there are some, a dictionary NAME.dict and inputs in seeds/. docs/fuzzing.md.

fuzz_targets() {
  find "$root/tests/fuzz" -mindepth 2 -maxdepth 2 -name CMakeLists.txt -printf '%h\n' | sort | while read -r folder; do
    echo "${folder##*/}"
  done
}

# 90s, 60min, 2h as seconds.
seconds_of() {
  [[ $1 =~ ^([1-9][0-9]{0,5})(s|min|h)$ ]] || fail "a time of '$1'; it is a number and s, min or h: 90s, 60min"
  local unit=1
  case ${BASH_REMATCH[2]} in
    min) unit=60 ;;
    h) unit=3600 ;;
  esac
  echo $((BASH_REMATCH[1] * unit))
}

# The last number behind WHAT in each of the logs, a line each; 0 where there is none.
last_numbers() {
  local what=$1 log
  shift
  for log in "$@"; do
    sed -nE "s/.*$what *([0-9]+).*/\\1/p" "$log" | tail -n 1 | grep . || echo 0
  done
}
sum() { awk '{ total += $1 } END { print total + 0 }'; }
greatest() { sort -n | tail -n 1; }

# Whether one of these processes runs.
any_alive() {
  local pid
  for pid in "$@"; do
    kill -0 "$pid" 2>/dev/null && return 0
  done
  return 1
}

fuzz_findings() {
  find "$1" -newer "$2" \( -name 'crash-*' -o -name 'oom-*' -o -name 'timeout-*' -o -name 'leak-*' \) | sort
}

# fuzz_one TARGET SECONDS JOBS: true when nothing was found.
fuzz_one() {
  local target=$1 seconds=$2 jobs=$3 folder=$root/build/fuzz
  local program=$folder/fuzz/fuzz_$target source=$root/tests/fuzz/$target
  local corpus=$folder/corpus/$target findings=$folder/findings/$target
  mkdir -p "$corpus" "$findings" "$folder/log"
  "$program" --examples "$corpus" || fail "fuzz_$target wrote no examples"
  [[ ! -d $source/seeds ]] || cp "$source"/seeds/* "$corpus/"
  # An input may take 10 s and 2 GiB, and no more at once than the largest batch needs.
  local options=(-timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 -reload=5 -print_final_stats=1
    -max_total_time="$seconds" -artifact_prefix="$findings/")
  local own
  mapfile -t own <"$source/options"
  [[ ! -e $source/$target.dict ]] || own+=(-dict="$source/$target.dict")

  local logs=() started=$SECONDS job said=0 executions pid
  touch "$folder/log/$target.started"
  fuzz_pids=()
  for ((job = 1; job <= jobs; ++job)); do
    logs+=("$folder/log/$target-$job.log")
    "$program" "${own[@]}" "${options[@]}" "$corpus" </dev/null >"${logs[-1]}" 2>&1 &
    fuzz_pids+=($!)
  done
  while any_alive "${fuzz_pids[@]}"; do
    sleep 1
    if ((SECONDS - started >= said + 60)); then
      said=$((SECONDS - started))
      executions=$(last_numbers '^#' "${logs[@]}" | sum)
      echo "$target: $((said / 60)) of $(((seconds + 59) / 60)) min, $executions executions," \
        "$(last_numbers ' ft:' "${logs[@]}" | greatest) features," \
        "$(fuzz_findings "$findings" "$folder/log/$target.started" | wc -l) findings"
    fi
  done
  local ended=0
  for pid in "${fuzz_pids[@]}"; do wait "$pid" || ended=$?; done
  fuzz_pids=()

  local found took=$((SECONDS - started))
  mapfile -t found < <(fuzz_findings "$findings" "$folder/log/$target.started")
  executions=$(last_numbers 'number_of_executed_units:' "${logs[@]}" | sum)
  echo "$target: $executions executions, $((executions / (took > 0 ? took : 1)))/s," \
    "$(last_numbers ' ft:' "${logs[@]}" | greatest) features, $(last_numbers ' cov:' "${logs[@]}" | greatest) edges," \
    "${#found[@]} findings${found[*]:+: ${found[*]#"$root/"}}"
  [[ ${#found[@]} -gt 0 || $ended -eq 0 ]] || {
    tail -n 20 "${logs[@]}" >&2
    fail "fuzz_$target ended with status $ended and left no input; its logs are build/fuzz/log/$target-*.log"
  }
  [[ ${#found[@]} -eq 0 ]]
}

# Clang's version: 14, or the first one after it that is here or can be had.
clang_version() {
  local version
  for version in 14 15 16 17 18 19; do
    command -v "clang++-$version" >/dev/null && echo "$version" && return 0
  done
  if has_apt; then
    ensure_package_lists clang-14
    for version in 14 15 16 17 18 19; do
      has_candidate "clang-$version" && echo "$version" && return 0
    done
  fi
  fail "there is no clang++-14 to 19 here, and none can be installed"
}

run_fuzz() {
  local targets=() known time=10min jobs=1 target worst=0
  mapfile -t known < <(fuzz_targets)
  while [[ $# -gt 0 ]]; do
    case $1 in
      --time | --jobs)
        [[ $# -gt 1 ]] || fail "$1 needs a value"
        [[ $1 == --time ]] && time=$2 || jobs=$2
        shift
        ;;
      -*) fail "fuzz has no option '$1'; it has --time and --jobs" ;;
      *)
        printf '%s\n' "${known[@]}" | grep -qxF -- "$1" || fail "there is no fuzz target '$1'; there are: ${known[*]}"
        targets+=("$1")
        ;;
    esac
    shift
  done
  [[ $jobs =~ ^[1-9][0-9]?$ ]] || fail "--jobs '$jobs': a number of processes, 1..99"
  local seconds
  seconds=$(seconds_of "$time")
  [[ ${#targets[@]} -gt 0 ]] || targets=("${known[@]}")
  seconds=$((seconds / ${#targets[@]}))
  ((seconds > 0)) || fail "--time $time is less than a second for each of ${#targets[@]} targets"

  lock_build
  local clang c cxx
  clang=$(clang_version)
  # shellcheck disable=SC2034
  fuzz_packages=("clang-$clang" "libclang-rt-$clang-dev" "llvm-$clang")  # llvm: names in the traces of findings
  ensure_packages program test fuzz
  c=$(command -v "clang-$clang") || fail "there is no clang-$clang on the PATH"
  cxx=$(command -v "clang++-$clang") || fail "there is no clang++-$clang on the PATH"
  # CMake forgets what else it was told when the compiler becomes another one, so that is told to an empty folder only.
  local compilers=(CMAKE_C_COMPILER="$c" CMAKE_CXX_COMPILER="$cxx")
  if grep -q "^CMAKE_CXX_COMPILER:[A-Z]*=$cxx\$" "$root/build/fuzz/CMakeCache.txt" 2>/dev/null; then
    compilers=()
  else
    rm -rf "$root"/build/fuzz/CMake{Cache.txt,Files}
  fi
  configure fuzz "${compilers[@]}" DWCP_BUILD_FUZZERS=ON
  build fuzz "${targets[@]/#/fuzz_}"
  exec 9>&-
  fuzz_pids=()
  trap '[[ ${#fuzz_pids[@]} -eq 0 ]] || kill "${fuzz_pids[@]}" 2>/dev/null' EXIT
  trap 'exit 130' INT TERM
  for target in "${targets[@]}"; do fuzz_one "$target" "$seconds" "$jobs" || worst=99; done
  exit "$worst"
}
