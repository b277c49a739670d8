#!/bin/bash
# clang-format would change nothing in the tree.
set -euo pipefail
cd "${SOURCE_DIR:?}"
mapfile -t files < <(find include src tests -name '*.cpp' -o -name '*.hpp')
[ "${#files[@]}" -gt 80 ]
clang-format-19 --dry-run --Werror "${files[@]}"
echo "${#files[@]} files"
