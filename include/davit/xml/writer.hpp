#pragma once
// Answers as XML, appended to a string the caller empties as it likes: a listing never needs more than its window.
// One prefix, "D:", for DAV:, declared on the root; every other namespace is declared where it is used. No white space
// between elements.
#include <functional>
#include <string>
#include <string_view>

#include "davit/core/live_value.hpp"
#include "davit/core/multi_status.hpp"
#include "davit/core/property.hpp"

namespace davit::xml {

void append_escaped_text(std::string& out, std::string_view text);  ///< & < > and characters XML cannot hold (U+FFFD)
void append_escaped_attribute(std::string& out, std::string_view text);  ///< the same and quotes, tab, newline

/// Appends a resource's href as it is, without escaping: '&' is the only byte in it that XML would have to escape. The
/// HTTP layer knows how the client spells it.
using Href = std::function<void(std::string& out, const ResourcePath& path, bool collection)>;

/// Where the answer belongs, and what failures in it refer to.
struct BodyContext {
    Href href;
    std::string_view request_id;
    std::string base{};  ///< what every href begins with: the public prefix
    /// The same for the root of a lock, which is spelled as the LOCK spelled it. None: as any other resource.
    std::function<void(std::string& out, const ActiveLock& lock)> lock_root{};

    /// Of a user. Nothing is served there, and nothing ever can be: the name is the server's own.
    void principal_href(std::string& out, std::string_view name) const {
        ((out += base) += '/') += ResourcePath::reserved_name;
        out += "/principals/";
        append_encoded_segment(out, name);
    }
};

// Pieces of a streamed multistatus (RFC 4918, 14.16), in the order they are called.
void open_multistatus(std::string& out);
void open_response(std::string& out, const BodyContext& context, const ResourcePath& path, bool collection);
void open_propstat(std::string& out);  ///< with its prop opened
void append_property(std::string& out, const PropertyName& name, const LiveValue& value, const BodyContext& context);
void append_property(std::string& out, const Property& property);
void append_empty_property(std::string& out, const PropertyName& name);
void close_propstat(std::string& out, Status status);
void close_propstat(std::string& out, const EntryStatus& entry, const BodyContext& context);
void append_status(std::string& out, Status status);  ///< the D:status element of a response
/// Status, error, responsedescription of an entry that failed: for responses within a stream.
void append_entry(std::string& out, const EntryStatus& entry, const BodyContext& context);
void close_response(std::string& out);
void close_multistatus(std::string& out);

/// A whole small multistatus.
void append_multistatus(std::string& out, const MultiStatus& body, const BodyContext& context);
/// The number of Failed Dependency, for writers of other formats; it stands in one place (RFC 4918, 11.4).
unsigned failed_dependency_number();

/// RFC 5689, 5.2: the propstats of the one response in `body`.
void append_mkcol_response(std::string& out, const MultiStatus& body, const BodyContext& context);
/// The body of every plain 4xx and 5xx: D:error with precondition element, exception and message, e:detail.
void append_error(std::string& out, const Failure& failure, const BodyContext& context);
/// LOCK's success body: D:prop with D:lockdiscovery (RFC 4918, 9.10.1).
void append_lock_answer(std::string& out, const ActiveLock& lock, std::chrono::system_clock::time_point now,
                        const BodyContext& context);

}  // namespace davit::xml
