#include "learn.hpp"

#include <fcntl.h>
#include <sys/uio.h>

namespace davit::fs {
namespace {

/// Returns nothing when the pages are not in memory or the size has changed: then caching is not worthwhile.
std::optional<std::string> read_whole(int fd, std::uint64_t size) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    const iovec into{bytes.data(), bytes.size()};
    if (size > 0 && ::preadv2(fd, &into, 1, 0, RWF_NOWAIT) != static_cast<ssize_t>(size)) return std::nullopt;
    return bytes;
}

}  // namespace

KnownResources::Known learn(const Volume& volume, const ResourcePath& path, int fd) {
    const auto before = KnownResources::settled_identity(fd);
    if (!before || before->device != volume.device) return nullptr;
    const auto info = info_of(fd);
    if (!info) return nullptr;
    std::optional<std::string> bytes;
    if (!info->collection && info->size <= KnownResources::largest) bytes = read_whole(fd, info->size);
    auto properties = volume.property_sets->read(fd, store::Waiting::refused);  // a large set is not cached
    if (!properties || KnownResources::settled_identity(fd) != before) return nullptr;
    const bool may_send = !bytes || volume.copies.may_send_pages(info->device, info->identity);
    auto known =
        std::make_shared<const KnownResource>(*before, *info, std::move(*properties), std::move(bytes), may_send);
    volume.known->keep(path, known);
    return known;
}

}  // namespace davit::fs
