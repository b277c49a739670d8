#!/bin/bash
# LibreOffice Writer, headless: saves a new document at a URL, opens it for writing, and saves it again, under its own locks.
. "$(dirname "$0")/lib.sh"
mkdir "$work/root" "$work/home" "$work/root/folder ä"
start_davit "$work/root"
office() {
    HOME="$work/home" timeout 100 /usr/lib/libreoffice/program/soffice.bin --headless --norestore --nologo \
        "-env:UserInstallation=file://$work/profile" "$@" > "$work/office.log" 2>&1 < /dev/null
}
office --convert-to txt --outdir "$work" /dev/null || true   # the first start only makes the profile (exit code 81)
pipe=davit-test-$$
office "--accept=pipe,name=$pipe;urp" &
office_pid=$!
cleanups+=("kill $office_pid 2>/dev/null; wait $office_pid")
HOME="$work/home" timeout 90 /usr/bin/python3 -B "$SOURCE_DIR/tests/programs/libreoffice.py" "$pipe" \
    "${url}folder%20%C3%A4/new%20document.odt" || fail "LibreOffice: $(cat "$work/office.log")"
document="$work/root/folder ä/new document.odt"
/usr/bin/python3 -c 'import sys, zipfile; sys.exit("second" not in zipfile.ZipFile(sys.argv[1]).read("content.xml").decode())' "$document" \
    || fail "the document is not the last one saved"
grep -q ' LOCK .* 20[01] ' "$work/davit.log" || fail "LibreOffice did not lock"
[ "$(grep -c ' UNLOCK .* 204 ' "$work/davit.log")" -ge 2 ] || fail "LibreOffice did not unlock"
[ "$(ls -A "$work/root/folder ä")" = "new document.odt" ] || fail "something was left: $(ls -A "$work/root/folder ä")"
