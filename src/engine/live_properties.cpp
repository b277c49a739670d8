// The table of live properties and their values. stage.cpp says what a PROPPATCH may do to them.
#include "davit/engine/live_properties.hpp"

#include "davit/engine/propfind.hpp"

#include <algorithm>
#include <array>

#include "davit/engine/lock_rules.hpp"
#include "davit/store/checksums.hpp"
#include "davit/store/creation_date.hpp"
#include "lock_facts.hpp"
#include "privileges.hpp"

namespace davit::engine {
namespace {

using enum LiveProperty;

constexpr std::array rows{
    // property, namespace, name, in allprop, settable, stored
    LivePropertyRow{creationdate, dav_namespace, "creationdate", true, false, true},
    LivePropertyRow{displayname, dav_namespace, "displayname", true, true, true},
    LivePropertyRow{getcontentlanguage, dav_namespace, "getcontentlanguage", true, true, true},
    LivePropertyRow{getcontentlength, dav_namespace, "getcontentlength", true, false, false},
    LivePropertyRow{getcontenttype, dav_namespace, "getcontenttype", true, true, true},
    LivePropertyRow{getetag, dav_namespace, "getetag", true, false, false},
    LivePropertyRow{getlastmodified, dav_namespace, "getlastmodified", true, false, false},
    LivePropertyRow{lockdiscovery, dav_namespace, "lockdiscovery", true, false, false},
    LivePropertyRow{resourcetype, dav_namespace, "resourcetype", true, false, false},
    LivePropertyRow{supportedlock, dav_namespace, "supportedlock", true, false, false},
    LivePropertyRow{quota_available_bytes, dav_namespace, "quota-available-bytes", false, false, false},
    LivePropertyRow{quota_used_bytes, dav_namespace, "quota-used-bytes", false, false, false},
    LivePropertyRow{executable, apache_namespace, "executable", false, true, false},
    LivePropertyRow{lastmodified, dav_namespace, "lastmodified", false, true, false},
    LivePropertyRow{win32_creation_time, win32_namespace, "Win32CreationTime", false, true, true},
    LivePropertyRow{win32_last_access_time, win32_namespace, "Win32LastAccessTime", false, true, true},
    LivePropertyRow{win32_last_modified_time, win32_namespace, "Win32LastModifiedTime", false, true, false},
    LivePropertyRow{win32_file_attributes, win32_namespace, "Win32FileAttributes", false, true, true},
    LivePropertyRow{checksums, owncloud_namespace, "checksums", false, false, true},
    LivePropertyRow{current_user_privilege_set, dav_namespace, "current-user-privilege-set", false, false, false},
    LivePropertyRow{current_user_principal, dav_namespace, "current-user-principal", false, false, false},
    LivePropertyRow{permissions, owncloud_namespace, "permissions", false, false, false},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i].property) != i) return false;
    return true;
}
static_assert(in_order(), "one row a property, in the order of the enum");

std::chrono::sys_seconds whole_seconds(store::FileTime time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

LiveValue quota_value(const Services& services, LiveProperty property, const ResourcePath& path) {
    const auto quota = services.resources.quota(path);
    if (!quota) return Absent{};
    return property == quota_available_bytes ? quota->available : quota->used;
}

/// Decides by the name and, for text, by the first bytes. If the file is unreadable, only the name counts.
std::string content_type(const Services& services, const Member& member) {
    std::string type(media_type(services.policy, member.shown()));
    if (!may_need_charset(type)) return type;
    const bool utf8 = member.utf8
                          ? *member.utf8
                          : services.resources.begins_as_utf8(member.canonical(), *member.info, store::Waiting::allowed)
                                .value_or(false);
    return utf8 ? type.append(utf8_parameter) : type;
}

LiveValue file_value(const Services& services, LiveProperty property, const Member& member) {
    const auto& info = *member.info;
    if (info.collection) return Absent{};
    switch (property) {
        case getcontentlength:
            return info.size;
        case getcontenttype:
            return content_type(services, member);
        case getetag:
            return store::entity_tag(info).str();
        default:
            return std::string(info.executable ? "T" : "F");
    }
}

constexpr std::size_t max_discovery_bytes = std::size_t{64} << 10U;  // of the locks of one resource

/// An estimate of the bytes that the response needs for the lock.
std::size_t written_bytes(const ActiveLock& lock) {
    constexpr std::size_t markup = 400;
    return markup + lock.owner_xml.size() + lock.root.str().size();
}

/// The number of leading locks that fit into the response.
std::size_t count_named(const std::vector<store::LockStore::Lock>& locks) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < std::min(locks.size(), max_named); ++count) {
        bytes += written_bytes(*locks[count]);
        if (bytes > max_discovery_bytes) break;
    }
    return count;
}

/// If a resource has many locks or long owners, the requesting user's locks come first and the rest is omitted (RFC
/// 4918, 15.8 lets a server withhold locks), because a listing repeats them for every member.
LiveValue lock_discovery(const Services& services, const Member& member, const Caller& asker) {
    auto locks = locks_over(services, asker, member.canonical());
    if (member.shown() != member.canonical()) add_locks(locks, locks_over(services, asker, member.shown()));
    // Omits a lock of an ancestor that the user may not read (15.8 again).
    std::erase_if(locks, [&](const auto& lock) { return !asker.may_read(lock->root); });
    if (count_named(locks) < locks.size()) {
        std::ranges::partition(locks, [&](const auto& lock) { return lock->principal == asker.principal; });
        locks.resize(count_named(locks));
    }
    return LockDiscovery{std::move(locks), services.clock.monotonic()};
}

LiveValue checksums_value(const store::ResourceInfo& info, const PropertySet& stored) {
    Checksums value;
    for (const auto& checksum : store::checksums_of(stored, info)) {
        if (!value.text.empty()) value.text += ' ';
        value.text += checksum_text(checksum);
    }
    return value.text.empty() ? LiveValue(Absent{}) : LiveValue(std::move(value));
}

}  // namespace

std::span<const LivePropertyRow> live_properties() {
    return rows;
}

const LivePropertyRow* find_live(const PropertyName& name) {
    const auto row =
        std::ranges::find_if(rows, [&](const auto& candidate) { return name.is(candidate.ns, candidate.local); });
    return row == rows.end() ? nullptr : &*row;
}

const Property* stored_value(const PropertySet& stored, const PropertyName& name, const LivePropertyRow* live) {
    return live && !live->verbatim() ? nullptr : stored.find(name);
}

LiveValue live_value(const Services& services, LiveProperty property, const Member& member, const Caller& asker) {
    const auto& path = member.canonical();
    const auto& info = *member.info;
    switch (property) {
        case creationdate:
            return Rfc3339Date{store::creation_date(member.properties, info)};
        case displayname:
            return member.shown().is_root() ? LiveValue(Absent{}) : LiveValue(std::string(member.shown().name()));
        case getcontentlanguage:
            return Absent{};
        case getcontentlength:
        case getcontenttype:
        case getetag:
        case executable:
            return file_value(services, property, member);
        case getlastmodified:
        case win32_last_modified_time:
            return HttpDate{whole_seconds(info.modified)};
        case lockdiscovery:
            if (services.locks.empty()) return LockDiscovery{{}, {}};
            return lock_discovery(services, member, asker);
        case resourcetype:
            return ResourceType{info.collection};
        case supportedlock:
            return SupportedLock{!services.policy.read_only};
        case quota_available_bytes:
        case quota_used_bytes:
            // Collections only (RFC 4331, 3 and 4): clients would take a file's quota for its size.
            return info.collection ? quota_value(services, property, path) : LiveValue(Absent{});
        case lastmodified:
            return std::to_string(whole_seconds(info.modified).time_since_epoch().count());
        case win32_creation_time:
            return HttpDate{store::creation_date(member.properties, info)};
        case win32_last_access_time:
            return HttpDate{whole_seconds(info.modified)};
        case win32_file_attributes:
            return std::string(info.collection ? "00000010" : "00000020");
        case checksums:
            return checksums_value(info, member.properties);
        case current_user_privilege_set:
            return PrivilegeSet{privileges(services.policy, asker, path, info.collection)};
        case current_user_principal:
            return CurrentPrincipal{std::string(asker.principal)};
        case LiveProperty::permissions:
            return permission_letters(services.policy, asker, path, info.collection);
    }
    return Absent{};
}

}  // namespace davit::engine
