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

say "collections whose names cadaver spells in its own way"
# cadaver compares whole seconds to detect that the editor has changed the file.
printf '#!/bin/sh\necho edited >> "$1"\ntouch -d "+9 seconds" "$1"\n' > "$work/editor"
chmod +x "$work/editor"
export EDITOR=$work/editor
for name in 'par (2)' 'a,b' 'a+b' "it's" 'x$y'; do
    mkdir "root/$name" "root/$name/deep & down"
    echo one > "root/$name/in.txt"
    session <<IN
cd "$name"
pwd
ls
edit in.txt
put local.txt "new $name"
cd "deep & down"
put local.txt there.txt
cd ..
ls
move in.txt out.txt
rmcol "deep & down"
quit
IN
    expect "^[ *]*in\.txt +4 "
    expect "^Coll: +deep & down "
    if grep -iE "failed|error|not a collection|could not" "$work/cadaver.out"; then fail "cadaver cannot work in \"$name\""; fi
    [ "$(cat "root/$name/out.txt")" = "$(printf 'one\nedited')" ] || fail "the file in \"$name\" was not edited"
    cmp local.txt "root/$name/new $name" || fail "nothing came into \"$name\""
    [ ! -e "root/$name/deep & down" ] || fail "the collection in \"$name\" is still there"
done

say "a failure, as its user sees it"
session <<'IN'
set namespace DAV:
propset box/b.txt getetag mine
propset box/b.txt getcontenttype nonsense
quit
IN
expect "getetag is protected: the server computes it."
grep -A2 "^Setting property on .box/b.txt.: failed:" "$work/cadaver.out" | head -3 | documented
