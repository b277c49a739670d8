// Advice for a failure: by its facts, else by its code, else by its status.
#include <algorithm>

#include "davit/app/explain.hpp"
#include "davit/core/amounts.hpp"
#include "davit/core/failure.hpp"
#include "davit/xml/writer.hpp"

namespace davit::app {
namespace {

struct Advice {
    std::string_view code;  ///< Davit's or a precondition element
    std::string_view sentence;
};

constexpr Advice by_code[] = {
    {"bad-request",
     "The client, or something on the way, writes malformed HTTP: the sentence names the part. Compare the request "
     "with a capture from the client."},
    {"bad-header", "Correct the header that the sentence names; its form is in RFC 4918, 10, or RFC 9110."},
    {"missing-header",
     "Send the header that the sentence names; if the client sends it, look for a proxy that removes it."},
    {"depth-not-allowed", "Send Depth: infinity, or leave the header out; COPY and LOCK take 0 too."},
    {"lock-refresh-unclear",
     "Name exactly one lock in the If header to refresh it, or send a body to make a new lock."},
    {"bad-path", "Correct the URL: each segment is percent-encoded and decodes to a name without NUL or a slash."},
    {"name-not-storable", "Choose another name: the server's file system has no way to write this one."},
    {"bad-xml", "Correct the XML body: the sentence names the place. No DOCTYPE and no entities are accepted."},
    {"incomplete-body",
     "Send it again: the connection ended before the whole body had arrived. If it happens often, look at the timeouts "
     "of the proxy."},
    {"digest-mismatch",
     "Send it again: it changed on its way. If that happens again, look for the proxy that changes it."},
    {"unauthorized",
     "Log in: the request has no credentials that this server accepts. If the client sent some, look for a proxy that "
     "removes Authorization."},
    {"scheme-not-offered",
     "Log in by a scheme that WWW-Authenticate names: Basic needs auth.users, Digest auth.digest_users, Bearer "
     "auth.jwt_keys."},
    {"stale-nonce", "Repeat the request with the new nonce; a client that knows Digest does so by itself."},
    {"wrong-credentials", "Check the name and the password; \"davit user add NAME\" gives a new password."},
    {"invalid-token",
     "Get a new token from its issuer: the sentence says what is wrong with this one. If it has just been issued, "
     "compare the clocks."},
    {"permission-denied",
     "On the server, give the user that Davit runs as the right to this file, or to the folder above it (ls -l, "
     "getfacl)."},
    {"operation-not-permitted",
     "On the server, check the file's owner, its flags (lsattr, then chattr -i -a), a sticky folder, or a security "
     "module."},
    {"insufficient-privileges",
     "The access rules do not allow it: ask the server's operator for the right that is named. The log names the "
     "rule."},
    {"need-privileges", "This user does not have the privilege that is named: ask the server's operator for it."},
    {"insecure-login",
     "Use https://. Behind a proxy that ends TLS, the operator names its address in server.trusted_proxies."},
    {"no-proxy-user",
     "The proxy must send the field that auth.user_header names, from an address in server.trusted_proxies. Do not go "
     "around the proxy."},
    {"several-proxy-users",
     "The proxy must replace the fields that auth.user_header and auth.groups_header name. It must not add its own to "
     "the "
     "client's."},
    {"user-name-too-long", "Let the proxy in front send a shorter user name: at most 255 bytes."},
    {"user-name-not-composed",
     "Let the proxy or the token's issuer write the user's name in Unicode's composed form (NFC)."},
    {"user-name-unusable",
     "Give this user another name: a home is a folder of the same name, and no folder can have this one."},
    {"home-not-a-folder", "On the server, remove or rename the file that has the path of this user's home."},
    {"root-immutable", "Delete or replace the members instead: no request can remove the root collection."},
    {"home-immutable", "Delete the members of the home instead: no request can remove the home."},
    {"lock-not-owner",
     "Log in as the user who made the lock, or ask the operator to end it with \"davit locks break\"."},
    {"outside-root",
     "On the server, replace the link that leads out of the served folder: copy the content inside, or serve its "
     "folder as an export."},
    {"too-many-links", "On the server, shorten the chain of links on this path; most often a link leads to itself."},
    {"dangling-link",
     "On the server, remove the link or make what it leads to; a plain PUT without If-None-Match replaces the link."},
    {"busy", "On the server, end what uses this name (fuser, mount), then repeat the request."},
    {"program-running", "Repeat the request when the program of this name has ended on the server."},
    {"not-a-regular-file",
     "Leave it out: sockets, pipes and devices are not served. The operator can remove it from the folder."},
    {"other-file-system", "Restore to a place on the trash's own file system, then move it from there."},
    {"read-only",
     "To allow changes the operator sets server.read_only, or the export's read_only, to false. Collections above "
     "exports never change."},
    {"protected-property", "Leave this property out: the server computes it."},
    {"cannot-modify-protected-property", "Leave this property out: the server computes it."},
    {"set-after-creation", "Make the collection first, then set this property with PROPPATCH."},
    {"depth-infinity-refused",
     "Ask with Depth: 1, collection by collection, or let the operator set webdav.propfind_infinity."},
    {"propfind-finite-depth", "Ask with Depth: 1, collection by collection."},
    {"same-resource",
     "Choose a Destination that is not the source; a case or Unicode variant can be the same name here."},
    {"destination-inside-source", "Choose a Destination outside of the source, or copy with Depth: 0."},
    {"source-inside-destination",
     "Choose another Destination, or first move the source out of the collection that it would replace."},
    {"between-exports",
     "Download it and upload it at the other place: each export is a separate folder, and the server does not rename "
     "between them."},
    {"invalid-resourcetype", "Send an extended MKCOL with DAV:collection in DAV:resourcetype and nothing else in it."},
    {"mount-inside", "Unmount the file system that is named on the server, then repeat the request."},
    {"member-not-removable",
     "On the server, let the server's user write in the folder that is named, or take the flag off it with chattr."},
    {"litter-refused",
     "Nothing is lost: this file holds only a desktop's view settings. To keep such files the operator changes "
     "litter.policy."},
    {"link-elsewhere", "Move or copy what the link leads to, or let an operator make the link anew at its new place."},
    {"reserved-name",
     "Choose another name: in every folder the server owns \".davit\", names that begin with \".davit-\", and the "
     "short "
     "forms of both (\"DAVIT~1\")."},
    {"external-entity", "Send the XML body without a DOCTYPE: nothing outside the body is read."},
    {"no-external-entities", "Send the XML body without a DOCTYPE: nothing outside the body is read."},
    {"foreign-origin",
     "A web page sent this: let the operator list its origin in cors.origins, or in server.public_urls if it is the "
     "server's own address."},
    {"not-found", "There is nothing at this URL: check its spelling, and whether it was moved."},
    {"outside-base-path",
     "Use the URL with the prefix of server.base_path. If a proxy removes the prefix, the operator sets "
     "server.base_path_stripped = true."},
    {"unknown-lock", "List the locks with \"davit locks list\": this one has been released or has run out."},
    {"unknown-request-id",
     "Look for it in the log: davit explain ID --log FILE. The daemon keeps only the last server.recent_failures."},
    {"unknown-trash-entry",
     "List the trash with \"davit trash list\": this entry was restored or has been removed for good."},
    {"trash-unavailable", "Ask the daemon that serves this folder for writing: on a read-only one nothing is deleted."},
    {"method-not-allowed",
     "Use a method that the Allow header names: this kind of resource does not take the one that was sent."},
    {"already-exists", "Use the collection that is there, or choose another name: MKCOL replaces nothing."},
    {"request-timeout",
     "Repeat the request; if it happens often, raise limits.header_timeout or limits.body_timeout, or look at the "
     "connection."},
    {"parent-missing", "Make the parent collection first, with MKCOL."},
    {"not-a-collection", "Choose a path that does not go through a file, or delete that file first."},
    {"is-a-collection", "Name a file: a collection has no content of its own."},
    {"invalid-property-value", "Send a value of the form this property takes."},
    {"lock-token-mismatch",
     "Read lockdiscovery and use the token it shows; the one sent has expired or belongs to another resource."},
    {"request-in-progress",
     "Wait for the first request with this Idempotency-Key, then repeat this one to get its answer."},
    {"outcome-unknown",
     "The server ended before it answered: look at the resource, then repeat the request with a new key if it is "
     "needed."},
    {"other-spelling",
     "Repeat the request: the name was just made in another Unicode form, and the repeated request finds it."},
    {"path-changed", "Repeat the request: a folder on the way was replaced by a link while it ran."},
    {"length-required", "Send Content-Length: PATCH has to know how long the part is."},
    {"precondition-failed",
     "Read the resource again and decide anew: another client changed it, or a lock has gone. The sentence names the "
     "header."},
    {"lock-refresh-mismatch",
     "Make a new lock with a body: the lock that the If header names has run out or covers another resource."},
    {"overwrite-refused", "Send Overwrite: T to replace what is there, or choose another Destination."},
    {"body-too-large",
     "Send less, or let the operator raise the limit that the sentence or docs/limits.md names (limits.put_body_bytes "
     "for uploads)."},
    {"file-too-large",
     "Split the file, or let the operator move the folder to a file system without this bound (FAT ends at 4 GiB)."},
    {"target-too-long", "Shorten the URL, or let the operator raise limits.target_bytes and the proxy's buffers."},
    {"name-too-long", "Shorten the name: most file systems take 255 bytes, which are fewer letters beyond ASCII."},
    {"unsupported-media", "Send a body of the type that the sentence names."},
    {"body-not-allowed", "Send this method without a body."},
    {"unsupported-coding", "Send the body as it is, without Content-Encoding."},
    {"range-not-satisfiable", "Ask with HEAD how long the file is: a part has to begin within it or at its end."},
    {"expectation-failed", "Leave Expect out, or send only 100-continue."},
    {"misdirected-request",
     "Use the server's own name, or let its operator add this one to server.authorities or server.public_urls."},
    {"unprocessable", "Send the document that this method takes: the sentence names its root element."},
    {"unsupported-lock", "Ask for a write lock whose scope is exclusive or shared; there are no others."},
    {"tree-too-large",
     "Change the tree in parts, folder by folder, or let the operator leave webdav.trees at its default."},
    {"key-reused", "Use a new Idempotency-Key for each new request; the old key belongs to another one."},
    {"property-too-large", "Keep the value below the bound that the sentence names, or store it as a file."},
    {"property-set-too-large", "Remove properties of this resource that are not needed, or store them as a file."},
    {"lock-owner-too-large", "Send a shorter DAV:owner: a name or a link is enough."},
    {"locked",
     "Send the lock's token in an If header if it is yours; otherwise wait until the lock is released or runs out."},
    {"lock-token-submitted",
     "Send the lock's token in an If header if it is yours; otherwise wait until the lock is released or runs out."},
    {"lock-conflict",
     "Wait until the other lock is released or runs out, or ask its holder: two exclusive locks exclude each other."},
    {"no-conflicting-lock", "A lock excludes this one: wait until it is released or runs out, or ask its holder."},
    {"too-many-requests", "Wait for the time in Retry-After, then log in with the right password."},
    {"headers-too-large",
     "Send fewer or shorter headers, or let the operator raise limits.header_bytes and the proxy's buffers."},
    {"internal", "It is a mistake in the server: report it with the log's lines for this request id."},
    {"io-error",
     "The server's disk reports an error: look into the kernel's log (dmesg) and check the disk before anything else "
     "is written."},
    {"stale-file-handle", "Repeat the request; if it fails again, mount the network file system anew on the server."},
    {"file-system-damaged", "Stop the server and check the file system with fsck; its kernel log names the damage."},
    {"file-system-unsupported",
     "The file system lacks a function that this needs: the log names the system call. Serve a folder on ext4, XFS, "
     "btrfs or ZFS."},
    {"properties-damaged",
     "Stop the server and run \"davit fsck DIR\": the properties of this resource cannot be read."},
    {"database-error", "Look into the log for SQLite's message, and check the disk that holds .davit/state.db."},
    {"state-unusable",
     "The server cannot use its state folder: its sentence names what is wrong with .davit and what mends it."},
    {"already-served", "End the other davit that serves this folder, or ask that one."},
    {"not-implemented", "Use a method of WebDAV or HTTP that this server knows: OPTIONS lists them."},
    {"unsupported-transfer-coding", "Send the body with Content-Length, or with Transfer-Encoding: chunked alone."},
    {"foreign-destination",
     "Use the same server in URL and Destination; if both names are this server's, the operator adds them to "
     "server.public_urls."},
    {"overloaded", "Repeat the request after the time in Retry-After. If it happens often, raise limits.connections."},
    {"too-many-open-files",
     "Repeat the request after the time in Retry-After. The operator raises LimitNOFILE of the service."},
    {"idempotency-full",
     "Repeat the request later or without Idempotency-Key, or let the operator raise idempotency.most."},
    {"too-many-locks", "Release locks that are not needed, or wait until some run out; locks.most sets the bound."},
    {"too-many-shared-locks",
     "Wait until another client gives its shared lock back, or raise locks.max_shared_per_resource."},
    {"database-busy",
     "Another program holds .davit/state.db: repeat the request after the time in Retry-After, and end that program."},
    {"file-system-read-only",
     "The server's disk takes no writes: its operator looks into the kernel's log, then repairs the file system or "
     "mounts it for writing."},
    {"operation-timeout",
     "It is too much for one request: send it in parts, or raise limits.operation_timeout and the proxy's timeout."},
    {"out-of-memory",
     "Repeat the request after the time in Retry-After. If it happens often, raise limits.memory_bytes, or give the "
     "server more memory."},
    {"client-limit",
     "Open fewer connections and send fewer large bodies at once from this address, or raise "
     "limits.connections_per_client or limits.memory_bytes. If the address is a proxy's, name it in "
     "server.trusted_proxies."},
    {"http-version", "Use HTTP/1.1: this server does not support the version that was sent."},
    {"no-space", "The disk is full: free space on the server, then repeat the request."},
    {"sufficient-disk-space", "No disk space is left: free some on the server, then repeat the request."},
    {"quota-exceeded", "The quota of this folder's owner is used up: delete files, or let the operator raise it."},
    {"quota-not-exceeded", "The quota is used up: delete something, or ask for more."},
    {"would-block",
     "It is a mistake in the server: this code is for its own use. Report it with the log's lines for this request "
     "id."},
};

/// For other servers, whose codes are unknown here.
constexpr struct {
    unsigned status;
    std::string_view sentence;
} by_status[] = {
    {300, "Nothing was done: the server offers several URLs; repeat the request at one of them."},
    {301, "Nothing was done: the resource has another URL; repeat the request at the one in Location."},
    {302, "Nothing was done: repeat the request at the URL in Location. One of a login page means: log in."},
    {303, "The request may have been done; its result is at the URL in Location."},
    {305, "Nothing was done: the server requires a proxy, which clients no longer support."},
    {307, "Nothing was done: repeat the request at the URL in Location. One of a login page means: log in."},
    {308, "Nothing was done: the resource has another URL; repeat the request at the one in Location."},
    {400, "The server does not understand the request: compare its headers and body with what the method takes."},
    {401, "Log in."},
    {402, "The service requires payment, or a limit of the account is used up: ask its operator."},
    {403, "The server refuses this for every user: change its rights or configuration, or leave this part out."},
    {404, "The server found nothing at this URL: check its spelling, and whether it was moved or removed."},
    {405, "The resource does not allow this method: OPTIONS lists those that it allows."},
    {406, "The server has no form of this that the Accept headers allow: leave them out."},
    {407, "Log in to the proxy that stands between."},
    {408, "The request arrived too slowly: repeat it, and look at the connection."},
    {409, "A resource that must exist first is missing, usually the parent collection."},
    {410, "It was removed for good."},
    {411, "Send Content-Length; a proxy that takes no chunked bodies answers so."},
    {412, "A condition of the request no longer holds: read the resource again and decide anew."},
    {413, "The body is larger than this server or a proxy takes (nginx: client_max_body_size)."},
    {414, "The URL is longer than this server or a proxy takes (nginx: large_client_header_buffers)."},
    {415, "The server takes no body of this type: send XML as application/xml, or no body."},
    {416, "Ask with HEAD how long the file is: a part has to begin within it."},
    {417, "Leave the Expect header out."},
    {418, "A filter before the server probably refuses this request: ask its operator."},
    {421, "The server does not answer for this host name: use its own."},
    {422, "The body is well-formed, and not what this method takes."},
    {423, "A lock blocks the request: send its token in an If header if it is yours, or wait until it ends."},
    {425, "Repeat the request."},
    {426, "Use the protocol that the Upgrade header names."},
    {428, "Send a condition: If-Match or If."},
    {429, "Wait for the time in Retry-After, then repeat the request more slowly."},
    {431, "Send fewer or shorter headers."},
    {451, "It is withheld for legal reasons: nothing in the request can change that."},
    {499, "The client hung up before the answer came: let it wait longer, or look why the server was slow."},
    {500, "It is the server's own fault: look into its log for the request id."},
    {501, "The server does not know this method or coding: ask with OPTIONS what it knows."},
    {502, "A proxy got no usable answer from the server behind it, or the Destination lies on another server."},
    {503, "The server lacks a resource for the moment: repeat the request after the time in Retry-After."},
    {504, "A proxy waited too long for the server behind it: raise its timeout."},
    {505, "Use HTTP/1.1."},
    {507, "No disk space is left: free some on the server or raise the quota, then repeat the request."},
    {508, "The collections contain one another by links: ask with Depth: 1."},
    {511, "The network requires its own login first: open any page in a browser."},
    {520, "The proxy got an answer from the server that it does not understand: look into the server's log."},
    {521, "The proxy cannot reach the server: look whether it runs, and whether a firewall is in the way."},
    {522, "The proxy waited too long for a connection to the server: look whether it runs and can be reached."},
    {523, "The proxy finds no way to the server: look at its address."},
    {524, "The proxy waited too long for the server: raise its timeout, or send less at once."},
    {525, "The proxy and the server agree on no TLS: look at the server's certificate and versions."},
    {526, "The proxy does not trust the server's certificate: renew it."},
};

/// "alice holds /f until 2026-01-01T12:00:00Z (59 minutes from this answer on)."
std::string about_lock(const xml::FailureLock& lock) {
    auto text = (lock.owner.empty() ? "A client" : lock.owner) + " holds " + lock.href;
    if (!lock.expires.empty()) text += " until " + lock.expires;
    if (lock.remaining) text += " (" + duration_text(*lock.remaining) + " from this answer on)";
    return text + ".";
}

std::string about_locks(const ExplainedEntry& cause) {
    std::string text;
    for (const auto& lock : cause.locks) text += about_lock(lock) + " ";
    return text + (cause.code == "lock-conflict"
                       ? "Wait until the lock is released or runs out, or ask its holder."
                       : "Send the lock's token in an If header if it is yours; otherwise wait, or ask its holder.");
}

std::string about_room(const Room& room) {
    const auto lacking = room.needed > room.available ? room.needed - room.available : 0;
    auto text = "Free " + (lacking > 0 ? "at least " + size_text(lacking) : std::string("some room"));
    return text + " on the server (" + size_text(room.needed) + " needed, " + size_text(room.available) +
           " available), then repeat the request.";
}

/// True for a code about one property, and for another server's failure of which only the properties are known.
bool is_about_property(const ExplainedEntry& cause) {
    if (cause.properties.empty() || (cause.status != 403 && cause.status != 409)) return false;
    const auto code = failure_code(cause.code);
    return !code || code == FailureCode::protected_property || code == FailureCode::invalid_property_value;
}

std::string about_property(const ExplainedEntry& cause) {
    std::string names;
    for (const auto& name : cause.properties) names += (names.empty() ? "" : ", ") + name;
    for (const auto& other : cause.also)
        if (other.code == cause.code)
            names += ", " + (other.property.ns.empty() ? "" : "{" + other.property.ns + "}") + other.property.local;
    if (cause.code == "invalid-property-value") return "Send a value of the form that " + names + " takes.";
    if (cause.code == "protected-property" || cause.code == "cannot-modify-protected-property")
        return "Leave " + names + " out: the server computes it.";
    return "Leave " + names + " out, or send another value: this server does not let it be set so.";
}

/// A 424 for the whole response, which Davit never sends.
constexpr std::string_view about_dependent =
    "It was not done because something else failed, and what that was is not said: look into the body of the whole "
    "answer, or the server's log.";

/// Advice for a status without its own sentence, by its class (RFC 9110, 15).
std::string about_class(unsigned status) {
    if (status < 200) return "This is not the answer yet: a last one, with a status from 200 on, has to follow.";
    if (status < 400) return "Nothing was done: the server points elsewhere; look at the answer's other fields.";
    if (status < 500)
        return "The answer does not say why the request was refused; a repeated one will most likely fail alike.";
    return "The answer does not say what failed in the server or a proxy before it: look into their logs.";
}

}  // namespace

std::string_view advice_of_code(std::string_view code) {
    const auto* found = std::ranges::find(by_code, code, &Advice::code);
    return found == std::end(by_code) ? std::string_view() : found->sentence;
}

std::string advice(const Explanation& explanation) {
    if (!explanation.cause)
        return explanation.dependents.empty() ? "Nothing failed."
                                              : "Ask the server's operator: the body names no cause.";
    const auto& cause = *explanation.cause;
    if (!cause.locks.empty()) return about_locks(cause);
    if (cause.room) return about_room(*cause.room);
    if (is_about_property(cause)) return about_property(cause);
    if (const auto sentence = advice_of_code(cause.code); !sentence.empty()) return std::string(sentence);
    if (cause.status == xml::failed_dependency_number()) return std::string(about_dependent);
    const auto* found = std::ranges::find(by_status, cause.status, [](const auto& each) { return each.status; });
    if (found != std::end(by_status)) return std::string(found->sentence);
    if (cause.sentence.empty() || explanation.only_head) return about_class(cause.status);
    return "Read the sentence above; a repeated request will most likely fail alike.";
}

}  // namespace davit::app
