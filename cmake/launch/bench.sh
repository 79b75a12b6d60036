# shellcheck shell=bash disable=SC2154
# ./dwcp bench: a bench is a folder under bench/ with a CMakeLists.txt (target bench_<name with / as _>), or with a
# script `run` that gets the same options. Without a name, those whose tables are published are run (bench/tables).

list_benches() {
  local folder name about
  find "$root/bench" -mindepth 2 \( -name CMakeLists.txt -o -name run \) -printf '%h\n' | sort -u | while read -r folder; do
    name=${folder#"$root/bench/"}
    about=$(sed -n '1s/^#* *//p' "$folder/README.md" 2>/dev/null || true)
    printf '%-24s %s\n' "$name" "${about#*: }"
  done
}

run_bench() {
  local name=${1-}
  case $name in
    --list) list_benches && return 0 ;;
    '' | -*) exec "$root/bench/tables/publish" "$@" ;;
  esac
  local folder=$root/bench/$name target=bench_${name//\//_}
  [[ -e $folder/CMakeLists.txt || -x $folder/run ]] ||
    fail "there is no bench '$name'; ./dwcp bench --list shows them"
  if [[ -e $folder/CMakeLists.txt ]]; then
    lock_build
    ensure_packages program bench
    configure release DWCP_BUILD_BENCHES=ON
    build release "$target"
    exec 9>&-
  fi
  if [[ -x $folder/run ]]; then
    ensure_program
    export DWCP_PROGRAM=$program DWCP_BUILD=$release
    exec "$folder/run" "${@:2}"
  fi
  exec "$release/bench/$name/$target" "${@:2}"
}
