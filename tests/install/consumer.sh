#!/bin/bash
# Installs the development component of the build folder $1 into an empty prefix, and builds and runs a stranger's project
# against it. The sources of that project are in $2; dwcp's own, which the package must not name, in $3.
set -euo pipefail
build=$1 sources=$2 project=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" --component development >"$work/install.log"
# From where a path begins: the sources may lie in a folder whose name ends one of the package's own.
if grep -rlE "(^|[\";=: ])($build|$project)(/(engine|hypervisor|reports|generated)|\"|;)" "$work/prefix" --include='*.cmake'; then
  echo "the installed package points into the source or build folder (files above)" >&2
  exit 1
fi
if find "$work/prefix" -name '*.a' | grep -E 'libdwcp_(sim|scenario)'; then
  echo "a library that links ns-3 (GPLv2) was installed" >&2
  exit 1
fi

mkdir "$work/consumer"
cp "$sources/consumer.cmake" "$work/consumer/CMakeLists.txt"
cp "$sources/main.cpp" "$work/consumer/"
cmake -S "$work/consumer" -B "$work/out" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/configure.log" 2>&1 || {
  cat "$work/configure.log" >&2
  exit 1
}
cmake --build "$work/out"
"$work/out/consumer"
