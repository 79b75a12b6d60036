# shellcheck shell=bash disable=SC2154
# ./dwcp docs: the repository's documents as a site. What builds it is docs/site.

# Whether whatever is fetched, linked or named by documents exists; needs Python alone.
check_links() {
  "$1" -B "$root/docs/site/links.py" "$root" || fail "documents point at what does not exist"
  say "links and anchors of all documents lead somewhere"
}

run_docs() {
  local python
  case ${1-} in
    '' | --serve | --check) [[ $# -le 1 ]] || fail "docs takes one option; it got: $*" ;;
    *) fail "docs has no option '$1'; it has --serve and --check" ;;
  esac
  # The distribution's own Python: mkdocs is one of its packages.
  python=$([[ -x /usr/bin/python3 ]] && echo /usr/bin/python3 || command -v python3) ||
    fail "there is no python3 here; it is needed for ./dwcp docs"
  if [[ ${1-} == --check ]]; then
    check_links "$python"
    return 0
  fi
  is_current || ensure_program  # its help is a page
  ! has_apt || install_packages "${docs_packages[@]}"
  lock_build
  "$python" -B "$root/docs/site/build.py" "$root" "$program" "$root/build/docs" ||
    fail "the site could not be built; what is wrong stands above"
  exec 9>&-
  if [[ ${1-} == --serve ]]; then
    say "http://127.0.0.1:8000 until Ctrl-C"
    exec "$python" -m http.server 8000 --bind 127.0.0.1 --directory "$root/build/docs/site"
  fi
}
