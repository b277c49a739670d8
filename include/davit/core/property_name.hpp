#pragma once
// The expanded name of a property (Namespaces in XML 1.0, 2.1). An empty namespace is legal.
#include <compare>
#include <string>
#include <string_view>

namespace davit {

inline constexpr std::string_view dav_namespace = "DAV:";
inline constexpr std::string_view apache_namespace = "http://apache.org/dav/props/";
inline constexpr std::string_view owncloud_namespace = "http://owncloud.org/ns";
inline constexpr std::string_view win32_namespace = "urn:schemas-microsoft-com:";

struct PropertyName {
    std::string ns;
    std::string local;

    bool is(std::string_view other_ns, std::string_view other_local) const {
        return local == other_local && ns == other_ns;
    }
    friend auto operator<=>(const PropertyName&, const PropertyName&) = default;
};

}  // namespace davit
