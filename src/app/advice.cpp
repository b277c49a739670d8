// What to do about a failure: by the facts it carries, else by its code, else by its status.
#include <algorithm>

#include "davit/app/explain.hpp"
#include "davit/core/amounts.hpp"

namespace davit::app {
namespace {

constexpr std::string_view wait_for_lock =
    "Somebody holds a lock that excludes this one: wait until it is released or runs out, or ask its holder.";
constexpr std::string_view send_token =
    "Send the lock's token in an If header if it is yours; otherwise wait until the lock is released or runs out.";
constexpr std::string_view no_room =
    "There is no room: free some on the server, or raise the quota; the request can be repeated then.";

struct Advice {
    std::string_view code;  ///< ours or a precondition element; "" for any
    unsigned status;        ///< 0 for any
    std::string_view sentence;
};

constexpr Advice rows[] = {
    {"lock-conflict", 0, wait_for_lock},
    {"no-conflicting-lock", 0, wait_for_lock},
    {"locked", 0, send_token},
    {"lock-token-submitted", 0, send_token},
    {"protected-property", 0, "Leave this property out: the server computes it."},
    {"cannot-modify-protected-property", 0, "Leave this property out: the server computes it."},
    {"invalid-property-value", 0, "Send a value of the form this property takes."},
    {"lock-token-mismatch", 0,
     "Ask for lockdiscovery and use the token it shows; the one sent has gone or belongs elsewhere."},
    {"propfind-finite-depth", 0, "Ask with Depth: 1, collection by collection."},
    {"right-missing", 0,
     "The rules do not let this user do it: ask whoever runs the server for the right that is named."},
    {"need-privileges", 0, "This user has not the privilege that is named: ask whoever runs the server for it."},
    {"link-elsewhere", 0,
     "Move or copy what the link leads to, or let an operator make the link anew at its new place."},
    {"too-many-shared-locks", 0,
     "Wait until another client gives its shared lock back, or raise locks.max_shared_per_resource."},
    {"property-too-large", 0, "Keep the value below the bound that the sentence names, or store it as a file."},
    {"property-set-too-large", 0, "Remove properties of this resource that are not needed, or store them as a file."},
    {"reserved-name", 0,
     "Choose another name: \".davit\", and names that begin with \".davit-\", belong to the server in every folder."},
    {"path-changed", 0, "Repeat the request: a folder on the way was replaced by a link while it ran."},
    {"misdirected-request", 0,
     "Use the server's own name, or let its operator add this one to server.authorities or server.public_urls."},
    {"foreign-origin", 0,
     "A web page sent this: let the operator list its origin in cors.origins, or in server.public_urls if it is the "
     "server's own address."},
    {"file-system-read-only", 0,
     "The server's disk takes no writes: its operator looks into the kernel's log, repairs the file system or mounts "
     "it "
     "for writing. The request can be repeated then."},
    {"no-space", 0, no_room},
    {"mount-inside", 0, "Unmount the file system that is named on the server, then repeat the request."},
    {"member-not-removable", 0,
     "On the server, let the server's user write in the folder that is named, or take the flag off it with chattr."},
    {"digest-mismatch", 0,
     "Send it again: something changed it on its way. If that happens again, look for what does."},
    {"range-not-satisfiable", 0, "Ask with HEAD how long the file is: a part has to begin within it or at its end."},
    {"operation-timeout", 0,
     "It is too much for one request: ask part by part, or raise limits.operation_timeout and what the proxy waits."},
    {"out-of-memory", 0,
     "Repeat the request after the time in Retry-After. If it happens often, raise limits.memory_bytes, or give the "
     "server more memory."},
    {"client-limit", 0,
     "Open fewer connections from this address, or raise limits.connections_per_client. If the address is a proxy's, "
     "name it in server.trusted_proxies."},
    {"outcome-unknown", 0,
     "The server ended before it answered: look at what is there, then repeat the request with a new key if it is "
     "needed."},
    {"lock-owner-too-large", 0, "Send a shorter DAV:owner: a name or a link is enough."},
    {"database-busy", 0,
     "Another program holds .davit/state.db: repeat the request after the time in Retry-After, and end that program."},
    {"too-many-locks", 0, "Release locks that are not needed, or wait until some run out; locks.most sets the bound."},
    {"state-unusable", 0,
     "The server cannot use its state folder: its sentence names what is wrong with .davit and what mends it."},
    {"", 423, send_token},
    {"", 507, no_room},
    {"", 503, "The server is short of something for the moment: repeat the request after the time in Retry-After."},
    {"", 412, "A condition of the request no longer holds: read the resource again and decide anew."},
    {"", 409, "Something that must exist first does not, usually the collection above."},
    {"", 405, "This cannot be done to what is there: ask with OPTIONS what can."},
    {"", 403,
     "The server refuses this, whoever asks again: change its rights or configuration, or leave this part out."},
    {"", 401, "Log in."},
    {"", 404, "There is nothing at this URL: look at its spelling, and whether somebody moved it."},
    {"", 500, "It is the server's own fault: look into its log for the request id."},
};

/// "alice holds /f until 2026-01-01T12:00:00Z (59 minutes from this answer on)."
std::string about_lock(const xml::FailureLock& lock) {
    auto text = (lock.owner.empty() ? "Somebody" : lock.owner) + " holds " + lock.href;
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

std::string about_property(const ExplainedEntry& cause) {
    std::string names;
    for (const auto& name : cause.properties) names += (names.empty() ? "" : ", ") + name;
    if (cause.code == "invalid-property-value") return "Send a value of the form that " + names + " takes.";
    if (cause.code == "protected-property" || cause.code == "cannot-modify-protected-property")
        return "Leave " + names + " out: the server computes it.";
    return "Leave " + names + " out, or send another value: this server does not let it be set so.";
}

}  // namespace

std::string advice(const Explanation& explanation) {
    if (!explanation.cause)
        return explanation.dependents.empty() ? "Nothing failed."
                                              : "Ask the server's operator: the body names no cause.";
    const auto& cause = *explanation.cause;
    if (!cause.locks.empty()) return about_locks(cause);
    if (cause.room) return about_room(*cause.room);
    if (!cause.properties.empty() && (cause.status == 403 || cause.status == 409)) return about_property(cause);
    const auto found = std::ranges::find_if(rows, [&](const Advice& each) {
        return each.code.empty() ? each.status == cause.status : each.code == cause.code;
    });
    return found == std::end(rows) ? "Read the sentence above; a repeated request will most likely fail alike."
                                   : std::string(found->sentence);
}

}  // namespace davit::app
