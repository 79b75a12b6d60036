# shellcheck shell=bash disable=SC2154
# ./dwcp python: the system's Python with the module dwcp, its extension and the program within its reach.
extension_folder=$release/python

# The system's Python, whose packages are the distribution's; DWCP_PYTHON names another one.
python_interpreter() {
  local found=${DWCP_PYTHON-}
  [[ -n $found ]] || found=$([[ -x /usr/bin/python3 ]] && echo /usr/bin/python3 || command -v python3) ||
    fail "there is no python3 here; it is needed for ./dwcp python"
  command -v "$found" >/dev/null || fail "DWCP_PYTHON names '$found', which cannot be run"
  echo "$found"
}

extension_is_current() {
  [[ -e $extension_folder/.built ]] && [[ -z $(find "$root"/{bindings/python,engine,hypervisor,cmake,CMakeLists.txt} \
    -newer "$extension_folder/.built" \( -name '*.[ch]pp' -o -name '*.def' -o -name '*.cmake' -o -name 'CMake*' \) \
    -print -quit 2>/dev/null) ]]
}

# Where its packages are here or can be installed; what is missing without it is said.
ensure_extension() {
  local missing
  lock_build
  if has_apt; then
    mapfile -t missing < <(missing_packages "${python_packages[@]}")
    if [[ ${#missing[@]} -gt 0 && $EUID -ne 0 ]] && ! command -v sudo >/dev/null; then
      say "dwcp.hde and dwcp.QemuStream are left out: they need root once, for apt-get install ${missing[*]}"
      exec 9>&-
      return 0
    fi
    ensure_packages program python
  fi
  configure release DWCP_BUILD_PYTHON=ON DWCP_PYTHON="$1"
  if grep -q 'dwcp._native is left out' "$release/configure.log"; then
    say "dwcp.hde and dwcp.QemuStream are left out: CMake found no pybind11 >= 2.10 or no headers of Python >= 3.11"
  else
    mkdir -p "$extension_folder"
    touch "$extension_folder/.building"
    build release dwcp_python
    mv "$extension_folder/.building" "$extension_folder/.built"
  fi
  exec 9>&-
}

run_python() {
  local python
  python=$(python_interpreter)
  is_current || ensure_program
  extension_is_current || ensure_extension "$python"
  export DWCP_PROGRAM=$program
  export PYTHONPATH=$root/bindings/python:$extension_folder${PYTHONPATH:+:$PYTHONPATH}
  exec "$python" "$@"
}
