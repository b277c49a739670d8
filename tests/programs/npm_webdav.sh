#!/bin/bash
# npm's webdav, versions 4 and 5, which Obsidian, Joplin plugins and many web programs use.
. "$(dirname "$0")/lib.sh"
command -v node > /dev/null || fail "there is no node"
# Exact versions; npm resolves their dependencies. They come from npm's registry, or from npm's cache.
mkdir "$work/client" "$work/root"
cat > "$work/client/package.json" <<'JSON'
{"private": true, "dependencies": {"webdav4": "npm:webdav@4.11.5", "webdav5": "npm:webdav@5.11.0"}}
JSON
npm install --prefix "$work/client" --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000 --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error > "$work/npm.log" 2>&1 ||
    no_registry_for "npm could not fetch the package webdav, so versions 4 and 5 of this client were not tried." "$(head -n 1 "$work/npm.log")"
cp "$SOURCE_DIR/tests/programs/npm_webdav.mjs" "$work/client/"

name=jürgen password=straße
"$DAVIT" user add "$name" --file "$work/users" > /dev/null <<< "$password"
printf '[auth]\nusers = "%s/users"\n' "$work" > "$work/davit.toml"
start_davit "$work/root" --config "$work/davit.toml"
for version in 4 5; do
    say "webdav $version"
    (cd "$work/client" && timeout 60 node npm_webdav.mjs "webdav$version" "$url" "$name" "$password") || fail "webdav $version"
    [ -z "$(ls "$work/root")" ] || fail "something was left: $(ls "$work/root")"
done
