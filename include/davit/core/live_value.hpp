#pragma once
// Values of live properties before they become XML.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "davit/core/active_lock.hpp"

namespace davit {

struct Absent {};  ///< the property is not defined on this resource
/// IMF-fixdate (RFC 9110, 5.6.7), e.g. getlastmodified.
struct HttpDate {
    std::chrono::sys_seconds time;
};
/// RFC 3339, in UTC, e.g. creationdate (RFC 4918, 15.1).
struct Rfc3339Date {
    std::chrono::sys_seconds time;
};
struct ResourceType {
    bool collection = false;
};
struct SupportedLock {
    bool any = true;  ///< exclusive and shared write locks (RFC 4918, 15.10); or none
};
struct LockDiscovery {
    std::vector<std::shared_ptr<const ActiveLock>> locks;
    std::chrono::system_clock::time_point now;  ///< for the remaining seconds
};
/// The privileges of the current user (RFC 3744, 5.4): local names in DAV:.
struct PrivilegeSet {
    std::vector<std::string_view> privileges;
};
/// The current user (RFC 5397); "" when the request is anonymous.
struct CurrentPrincipal {
    std::string name;
};
/// ownCloud's property, e.g. "SHA1:... MD5:...".
struct Checksums {
    std::string text;
};
using LiveValue = std::variant<Absent, std::uint64_t, std::string, HttpDate, Rfc3339Date, ResourceType, SupportedLock,
                               LockDiscovery, PrivilegeSet, CurrentPrincipal, Checksums>;

}  // namespace davit
