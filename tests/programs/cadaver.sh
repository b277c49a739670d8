#!/bin/bash
# cadaver: puts, moves, edits properties, locks.
. "$(dirname "$0")/lib.sh"
mkdir "$work/root" "$work/home"
export HOME=$work/home
start_davit "$work/root"
cd "$work"
echo hello > local.txt
session() { cadaver "$url" > "$work/cadaver.out" 2>&1; cat "$work/cadaver.out"; }
session <<'IN'
mkcol box
put local.txt box/a.txt
set namespace urn:example
propset box/a.txt colour blue
propget box/a.txt colour
move box/a.txt box/b.txt
copy box/b.txt box/c.txt
lock box/b.txt
discover box/b.txt
put local.txt box/b.txt
unlock box/b.txt
propget box/c.txt colour
ls box
delete box/c.txt
cd box
get b.txt back.txt
quit
IN
expect() { grep -qE "$1" "$work/cadaver.out" || fail "cadaver did not say: $1"; }
expect "Creating .box.*succeeded"
expect "Setting property.*succeeded"
[ "$(grep -c 'Value of colour is: blue' "$work/cadaver.out")" -eq 2 ] || fail "the property did not come back twice"
expect "Moving.*succeeded"
expect "Locking.*succeeded"
expect "Lock token <urn:uuid:"
expect "Unlocking.*succeeded"
expect "b.txt"
if grep -iE "failed|error" "$work/cadaver.out"; then fail "cadaver met a failure"; fi
cmp local.txt back.txt || fail "what came back differs"
[ -f root/box/b.txt ] && [ ! -e root/box/a.txt ] && [ ! -e root/box/c.txt ] || fail "the server's folder is not as expected"

say "a failure, as its user sees it"
session <<'IN'
set namespace DAV:
propset box/b.txt getetag mine
propset box/b.txt getcontenttype nonsense
quit
IN
expect "getetag is protected: the server computes it."
grep -A2 "^Setting property on .box/b.txt.: failed:" "$work/cadaver.out" | head -3 | documented
