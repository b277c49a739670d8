#pragma once
// What the store knows of a resource without reading it.
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "davit/core/etag.hpp"

namespace davit::store {

using FileTime = std::chrono::sys_time<std::chrono::nanoseconds>;
/// Whole seconds of which every nanosecond is a FileTime: 21 September 1677 to 11 April 2262.
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
    FileTime created{};   ///< birth time; equals modified where the file system keeps none
};
static_assert(std::is_trivially_copyable_v<ResourceInfo>);

/// The one ETag function: GET, HEAD, PUT and getetag all use it. Strong. Made of inode, size and nanosecond mtime; the
/// store gives every content it writes an mtime it never gave before (see ResourceStore), so two contents of one URL
/// never share a tag, even within one clock tick. Dead properties do not enter.
ETag entity_tag(const ResourceInfo& info);
/// The same without its quotes, where no string has to be made for it.
class OpaqueTag {
public:
    explicit OpaqueTag(const ResourceInfo& info);
    std::string_view str() const { return {text_.data(), size_}; }

private:
    std::array<char, 3 * 16 + 2> text_;
    std::size_t size_;
};
/// The same with quotes, appended without allocation beyond `out`.
void append_entity_tag(std::string& out, const ResourceInfo& info);

}  // namespace davit::store
