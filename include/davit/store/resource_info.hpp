#pragma once
// Facts of a resource that need no reading of its content.
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "davit/core/etag.hpp"

namespace davit::store {

using FileTime = std::chrono::sys_time<std::chrono::nanoseconds>;
/// The range of whole seconds that FileTime can hold: 21 September 1677 to 11 April 2262.
inline constexpr std::chrono::sys_seconds first_second{
    std::chrono::ceil<std::chrono::seconds>(FileTime::min().time_since_epoch())};
inline constexpr std::chrono::sys_seconds last_second{
    std::chrono::floor<std::chrono::seconds>(FileTime::max().time_since_epoch()) - std::chrono::seconds(1)};
inline bool is_file_time(std::chrono::sys_seconds time) {
    return time >= first_second && time <= last_second;
}

struct ResourceInfo {
    bool collection = false;
    bool executable = false;     ///< owner's execute bit of a file
    std::uint64_t size = 0;      ///< bytes; 0 for a collection
    std::uint64_t identity = 0;  ///< inode number
    std::uint64_t device = 0;
    FileTime modified{};  ///< nanoseconds since 1970
    FileTime created{};   ///< time of birth; equals modified if the file system keeps none
};
static_assert(std::is_trivially_copyable_v<ResourceInfo>);

/// The only function that makes entity tags; GET, HEAD, PUT and getetag use it. Strong (RFC 9110, 8.8.1): made of
/// inode, size and nanosecond mtime. The store gives every content an mtime that it never gave before, so two contents
/// of one URL never share a tag, even within one clock tick. Dead properties do not change the tag.
ETag entity_tag(const ResourceInfo& info);
/// The tag without its quotes, without an allocation.
class OpaqueTag {
public:
    explicit OpaqueTag(const ResourceInfo& info);
    std::string_view str() const { return {text_.data(), size_}; }

private:
    std::array<char, 3 * 16 + 2> text_;
    std::size_t size_;
};
/// Appends the tag with its quotes to `out`, without another allocation.
void append_entity_tag(std::string& out, const ResourceInfo& info);

}  // namespace davit::store
