// What users of npm's webdav do, and what they see of it: node npm_webdav.mjs PACKAGE URL NAME PASSWORD
import assert from "node:assert/strict";

const [packageName, url, username, password] = process.argv.slice(2);
const { createClient } = await import(packageName);
const client = createClient(url, { username, password });

const refused = async (status, promise) => {
    const error = await promise.then(() => assert.fail(`${status} was expected`), (error) => error);
    assert.equal(error.status ?? error.response?.status, status, error.stack);
};
const text = (path) => client.getFileContents(path, { format: "text" });

// A folder, a file with a difficult name, a list.
await client.createDirectory("/box");
await client.createDirectory("/box/deep/er", { recursive: true });
assert.equal(await client.putFileContents("/box/f & ü (1).txt", "content"), true);
assert.equal(await client.putFileContents("/box/f & ü (1).txt", "other", { overwrite: false }), false);
assert.equal(await text("/box/f & ü (1).txt"), "content");
const listed = await client.getDirectoryContents("/box");
assert.deepEqual(listed.map((each) => [each.basename, each.type, each.size]).sort(), [["deep", "directory", 0], ["f & ü (1).txt", "file", 7]]);
const below = await client.getDirectoryContents("/box", { deep: true });
assert.deepEqual(below.map((each) => each.filename).sort(), ["/box/deep", "/box/deep/er", "/box/f & ü (1).txt"]);
assert.equal(await client.exists("/box/none"), false);
await refused(404, client.stat("/box/none"));

// Properties: read with a body of the user's own, which the library sends without saying that it is XML.
await client.putFileContents("/box/f", "content");
const change = `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x:colour xmlns:x="urn:example">blue</x:colour></D:prop></D:set></D:propertyupdate>`;
assert.equal((await client.customRequest("/box/f", { method: "PROPPATCH", data: change })).status, 207);
const wanted = `<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/><x:colour xmlns:x="urn:example"/></D:prop></D:propfind>`;
const stat = (await client.stat("/box/f", { details: true, data: wanted })).data;
assert.deepEqual([stat.type, stat.size, stat.props.colour], ["file", 7, "blue"]);

// A lock holds others up, and its token lets its holder write.
const lock = await client.lock("/box/f", { timeout: "Second-60" });
const token = lock.token.replace(/^<|>$/g, "");
await refused(423, client.putFileContents("/box/f", "not mine"));
assert.equal(await client.putFileContents("/box/f", "mine", { headers: { If: `(<${token}>)` } }), true);
await client.unlock("/box/f", lock.token);
assert.equal(await text("/box/f"), "mine");

// Copies, moves, parts, streams.
await client.copyFile("/box/f", "/box/copy");
await client.moveFile("/box/copy", "/box/deep/moved");
await refused(404, text("/box/copy"));
assert.equal(await text("/box/deep/moved"), "mine");
if (client.partialUpdateFileContents) {
    await client.partialUpdateFileContents("/box/f", 1, 2, "xy");
    assert.equal(await text("/box/f"), "mxye");
}
const part = client.createReadStream("/box/f", { range: { start: 1, end: 2 } });
let read = "";
for await (const piece of part) read += piece;
assert.equal(read.length, 2);
await new Promise((resolve, reject) => {
    const stream = client.createWriteStream("/box/streamed", {}, resolve);
    stream.on("error", reject);
    stream.end("streamed");
});
assert.equal(await text("/box/streamed"), "streamed");

await client.deleteFile("/box");
assert.equal(await client.exists("/box"), false);

// A wrong password says so.
await refused(401, createClient(url, { username, password: "wrong" }).getDirectoryContents("/"));
console.log(`${packageName}: ok`);
