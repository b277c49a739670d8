#!/bin/bash
# clang-tidy over the sources (.clang-tidy says what is asked).   tidy.sh BUILD [FILES]
set -euo pipefail
cd "${SOURCE_DIR:?}"
build=$1; shift
if [ $# -gt 0 ]; then files=("$@"); else mapfile -t files < <(find src -name '*.cpp' | sort); fi
printf '%s\n' "${files[@]}" | xargs -P 2 -n 4 clang-tidy-19 -p "$build" --quiet --extra-arg=-Wno-ignored-gch --warnings-as-errors='*' 2> >(grep -v 'warnings generated' >&2)
echo "${#files[@]} files"
