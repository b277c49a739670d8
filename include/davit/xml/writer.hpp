#pragma once
// Writes responses as XML. Appends to a string that the caller may empty at any time, so a listing never needs more
// than its window. DAV: has one prefix, "D:", declared on the root; every other namespace is declared where it is used.
// No white space between elements.
#include <functional>
#include <string>
#include <string_view>

#include "davit/core/live_value.hpp"
#include "davit/core/multi_status.hpp"
#include "davit/core/property.hpp"

namespace davit::xml {

void append_escaped_text(std::string& out, std::string_view text);  ///< & < > and characters XML cannot hold (U+FFFD)
void append_escaped_attribute(std::string& out, std::string_view text);  ///< the same and quotes, tab, newline

/// Appends a resource's href without XML escaping: '&' is the only byte in it that XML would escape. The HTTP layer
/// supplies the form that the client uses.
using Href = std::function<void(std::string& out, const ResourcePath& path, bool collection)>;

/// The base of the hrefs in a body, and what failures in it refer to.
struct BodyContext {
    Href href;
    std::string_view request_id;
    std::string base{};  ///< the prefix of every href: the public prefix
    /// Writes the root of a lock as the LOCK request wrote it. If empty, the root is written like any other resource.
    std::function<void(std::string& out, const ActiveLock& lock)> lock_root{};

    /// The href of a user. No resource ever exists there, because the name is reserved for the server.
    void principal_href(std::string& out, std::string_view name) const {
        ((out += base) += '/') += ResourcePath::reserved_name;
        out += "/principals/";
        append_encoded_segment(out, name);
    }
};

// Pieces of a streamed multistatus (RFC 4918, 14.16), in the order in which the caller writes them.
void open_multistatus(std::string& out);
void open_response(std::string& out, const BodyContext& context, const ResourcePath& path, bool collection);
void open_propstat(std::string& out);  ///< with its prop element open
void append_property(std::string& out, const PropertyName& name, const LiveValue& value, const BodyContext& context);
void append_property(std::string& out, const Property& property);
void append_empty_property(std::string& out, const PropertyName& name);
void close_propstat(std::string& out, Status status);
void close_propstat(std::string& out, const EntryStatus& entry, const BodyContext& context);
void append_status(std::string& out, Status status);  ///< the D:status element of a response
/// Writes status, error and responsedescription of a failed entry, for responses within a stream.
void append_entry(std::string& out, const EntryStatus& entry, const BodyContext& context);
void close_response(std::string& out);
void close_multistatus(std::string& out);

/// Writes a whole small multistatus.
void append_multistatus(std::string& out, const MultiStatus& body, const BodyContext& context);
/// The number of Failed Dependency, for writers of other formats. One source file holds it (RFC 4918, 11.4).
unsigned failed_dependency_number();

/// RFC 5689, 5.2: the propstats of the one response in `body`.
void append_mkcol_response(std::string& out, const MultiStatus& body, const BodyContext& context);
/// Writes the body of every plain 4xx and 5xx: D:error with the precondition element, exception and message, e:detail.
void append_error(std::string& out, const Failure& failure, const BodyContext& context);
/// Writes the body of a successful LOCK: D:prop with D:lockdiscovery (RFC 4918, 9.10.1).
void append_lock_answer(std::string& out, const ActiveLock& lock, std::chrono::system_clock::time_point now,
                        const BodyContext& context);

}  // namespace davit::xml
