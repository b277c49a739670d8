#pragma once
// The live properties: RFC 4918, 15; RFC 4331; Apache's executable; Microsoft's Win32 four; ownCloud's checksums; what
// of RFC 3744, RFC 5397 and ownCloud says who asks and what it may do.
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
    bool in_allprop;  ///< RFC 4918's properties; the rest only when asked by name or include (9.1, RFC 4331 2)
    bool settable;    ///< kept like a dead property, or changing clock or mode; otherwise protected
    bool stored;      ///< its value, when set, stands in the PropertySet under its name

    /// As the client sent it. What is stored and not settable is the server's own form of it.
    bool verbatim() const { return stored && settable; }
};
std::span<const LivePropertyRow> live_properties();
const LivePropertyRow* find_live(const PropertyName& name);

struct Member;

/// The value as `asker` may see it, or Absent; `member` has an info. A `verbatim` property that is among its properties
/// is the caller's to copy from there instead.
LiveValue live_value(const Services& services, LiveProperty property, const Member& member, const Caller& asker);

/// What a PROPPATCH will do, step by step; nothing is visible until it is written.
struct StagedChange {
    PropertyEdits properties;
    std::optional<std::chrono::sys_seconds> modified;
    std::optional<bool> executable;
};

/// Checks one instruction and stages it into `change`. protected_property, invalid_property_value, property_too_large;
/// nothing is staged then.
std::optional<Failure> stage(const PropertyInstruction& instruction, const Policy& policy,
                             const store::ResourceInfo& info, StagedChange& change);

}  // namespace davit::engine
