#!/bin/bash
# The tree is as clang-format would leave it.
set -euo pipefail
cd "${SOURCE_DIR:?}"
mapfile -t files < <(find include src tests -name '*.cpp' -o -name '*.hpp')
[ "${#files[@]}" -gt 80 ]
clang-format-19 --dry-run --Werror "${files[@]}"
echo "${#files[@]} files"
