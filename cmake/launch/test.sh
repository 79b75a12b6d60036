# shellcheck shell=bash disable=SC2154
# ./dwcp test, and ./dwcp test --lab

# Shows what ctest says only where it matters: failures with their output, and the line that counts.
show_test_results() {
  local log=$1
  grep -vE '^ *[0-9]+/[0-9]+ Test .*(Passed|Skipped)|^ +Start +[0-9]+:|^(Test project|Internal ctest|Errors while)' "$log" |
    sed '/^$/N;/^\n$/D' | tail -n 200
}

# What needs a machine of its own, as root: real guests between two libvirt hosts, then RDMA in a guest that has it. The options
# are those of tests/lab/migration/run and tests/lab/rdma/run. A case belongs to the lab whose name comes before it, as --list
# shows it; those of RDMA begin with "rdma.". The last lines are the labs' own: one each, "NAME: COUNTS".
run_lab() {
  [[ $EUID -eq 0 ]] || fail "the lab makes hosts out of namespaces, and needs root; as root run: ./dwcp test --lab $*"
  local options=() migration=() rdma=() labs=(migration rdma) argument lab log failed=0 list=
  for argument in "$@"; do
    case $argument in
      --list) list=1 options+=("$argument") ;;
      -*) options+=("$argument") ;;
      rdma | rdma.*) rdma+=("$argument") ;;
      *) migration+=("$argument") ;;
    esac
  done
  # Where cases are named, only their labs run.
  if [[ ${#rdma[@]} -gt 0 && ${#migration[@]} -eq 0 ]]; then
    labs=(rdma)
  elif [[ ${#migration[@]} -gt 0 && ${#rdma[@]} -eq 0 ]]; then
    labs=(migration)
  fi
  lock_build
  ensure_packages program test
  configure release DWCP_BUILD_TESTS=ON
  touch "$release/.building"
  build release dwcp_program dwcp_wan test_lab_rdma test_amst_rdma
  mv "$release/.building" "$release/.built"
  exec 9>&-
  export DWCP_PROGRAM=$program DWCP_BUILD=$release
  log=$(mktemp)
  local counts=()
  for lab in "${labs[@]}"; do
    local -n cases=$lab
    if [[ -n $list ]]; then
      "$root/tests/lab/$lab/run" "${options[@]}" "${cases[@]}" || failed=$?
      continue
    fi
    "$root/tests/lab/$lab/run" "${options[@]}" "${cases[@]}" | tee "$log" || failed=1
    counts+=("$lab: $(tail -n 1 "$log")")
  done
  rm -f "$log"
  [[ ${#counts[@]} -eq 0 ]] || printf '%s\n' "${counts[@]}"
  exit "$failed"
}

run_tests() {
  local preset=release excluded=slow arguments=()
  [[ ${1-} != --lab ]] || run_lab "${@:2}"
  for argument in "$@"; do
    case $argument in
      --slow) excluded= ;;
      --asan | --tsan) preset=${argument#--} ;;
      *) arguments+=("$argument") ;;
    esac
  done
  # A test that measures, or that would take minutes under a sanitizer, is labelled release_only.
  [[ $preset == release ]] || excluded=${excluded:+$excluded|}release_only
  [[ -z $excluded ]] || arguments+=(-LE "^($excluded)\$")

  lock_build
  # A sanitized extension would need a sanitized Python: the module is tested as it is released.
  local python=OFF
  if [[ $preset == release ]]; then
    python=ON
    ensure_packages program test python
    install_offered "${python_test_packages[@]}" "${docs_packages[@]}"
  else
    ensure_packages program test
  fi
  install_offered "${browser_packages[@]}"
  configure "$preset" DWCP_BUILD_TESTS=ON DWCP_BUILD_PYTHON="$python"
  [[ $preset == release ]] && touch "$release/.building"
  build "$preset" all
  [[ $preset == release ]] && mv "$release/.building" "$release/.built"
  exec 9>&-

  local folder=$root/build/$preset
  ASAN_OPTIONS=detect_stack_use_after_return=0 UBSAN_OPTIONS=print_stacktrace=1 \
    ctest --test-dir "$folder" -j "$(nproc)" --output-on-failure --no-tests=error --no-label-summary "${arguments[@]}" </dev/null 2>&1 |
    progress "testing ($preset)" "$folder/test.log" || {
    show_test_results "$folder/test.log" >&2
    fail "tests failed; the log is build/$preset/test.log"
  }
  show_test_results "$folder/test.log"
}
