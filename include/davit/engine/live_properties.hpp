#pragma once
// The live properties: RFC 4918, 15; RFC 4331; Apache's executable; Microsoft's Win32 four; ownCloud's checksums; and,
// from RFC 3744, RFC 5397 and ownCloud, the user and the user's rights.
#include <optional>
#include <span>

#include "davit/core/live_value.hpp"
#include "davit/core/property.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

enum class LiveProperty : std::uint8_t {
    creationdate,
    displayname,
    getcontentlanguage,
    getcontentlength,
    getcontenttype,
    getetag,
    getlastmodified,
    lockdiscovery,
    resourcetype,
    supportedlock,
    quota_available_bytes,
    quota_used_bytes,
    executable,
    lastmodified,
    win32_creation_time,
    win32_last_access_time,
    win32_last_modified_time,
    win32_file_attributes,
    checksums,
    current_user_privilege_set,
    current_user_principal,
    permissions,
};

struct LivePropertyRow {
    LiveProperty property;
    std::string_view ns;
    std::string_view local;
    bool in_allprop;  ///< RFC 4918's properties; the rest only when the client names them (9.1; RFC 4331, 2)
    bool settable;    ///< stored like a dead property, or sets clock or mode; otherwise protected
    bool stored;      ///< a value that was set is in the PropertySet under its name

    /// Whether the stored value is the client's own bytes. A stored property that is not settable has the server's own
    /// form.
    bool verbatim() const { return stored && settable; }
};
std::span<const LivePropertyRow> live_properties();
const LivePropertyRow* find_live(const PropertyName& name);

/// The property under `name` that was stored as the client sent it: it beats every value that the server computes, as a
/// stored getcontenttype beats the extension. `live` is the name's row, or null. The result is null when nothing is
/// stored, or only the server's own form.
const Property* stored_value(const PropertySet& stored, const PropertyName& name, const LivePropertyRow* live);

struct Member;

/// The value as the user may see it, or Absent; `member` must have an info. A stored_value() comes before it.
LiveValue live_value(const Services& services, LiveProperty property, const Member& member, const Caller& asker);

/// The change of a PROPPATCH, built step by step. Nothing is visible until the caller writes it.
struct StagedChange {
    PropertyEdits properties;
    std::optional<std::chrono::sys_seconds> modified;
    std::optional<bool> executable;
};

/// Checks one instruction and stages it into `change`. On failure it stages nothing: protected_property,
/// invalid_property_value, property_too_large.
std::optional<Failure> stage(const PropertyInstruction& instruction, const Policy& policy,
                             const store::ResourceInfo& info, StagedChange& change);

}  // namespace davit::engine
