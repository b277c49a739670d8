#include "content.hpp"

#include <fcntl.h>
#include <sys/uio.h>

#include "errors.hpp"
#include "learn.hpp"
#include "resolve.hpp"

namespace davit::fs {
namespace {

class FileContent final : public store::Content {
public:
    FileContent(const Volume& volume, UniqueFd fd, const store::ResourceInfo& info)
        : volume_(volume), fd_(std::move(fd)), info_(info) {}

    const store::ResourceInfo& info() const override { return info_; }
    int native_handle() const override { return fd_.get(); }
    bool may_send_pages() const override { return volume_.copies.may_send_pages(info_.device, info_.identity); }
    Result<PropertySet> properties() const override { return volume_.property_sets->read_for_get(fd_.get()); }

    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into, store::Waiting waiting) const override {
        const iovec vector{into.data(), into.size()};
        const int flags = waiting == store::Waiting::refused ? RWF_NOWAIT : 0;
        while (true) {
            const auto got = ::preadv2(fd_.get(), &vector, 1, static_cast<off_t>(offset), flags);
            if (got >= 0) return static_cast<std::size_t>(got);
            // If a file system cannot say whether it would block, the caller must assume that it would.
            if (errno == EOPNOTSUPP && flags != 0) return system_error("preadv2", EAGAIN);
            if (errno != EINTR) return system_error("preadv2");
        }
    }
    Result<bool> begins_as_utf8(store::Waiting waiting) const override {
        if (const auto known = volume_.texts->begins_as_utf8(info_)) return *known;
        auto found = Content::begins_as_utf8(waiting);
        if (found) volume_.texts->keep(info_, *found);
        return found;
    }

private:
    const Volume& volume_;
    UniqueFd fd_;
    store::ResourceInfo info_;
};

}  // namespace

Result<std::shared_ptr<const store::Content>> open_content(const Volume& volume, const ResourcePath& path,
                                                           store::Waiting waiting) {
    if (auto known = volume.known->find(path, waiting); known && known->in_memory()) return known;
    if (waiting == store::Waiting::refused && volume.attributes->is_kept_by_name())
        return fail(FailureCode::would_block, "Its properties are in the database.");
    // O_NONBLOCK: opening a FIFO must not block before its type is known.
    auto fd = open_resource(volume, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, waiting);
    if (!fd) return std::unexpected(std::move(fd.error()));
    const auto info = info_of(fd->get());
    if (!info) return std::unexpected(info.error());
    if (info->collection) return fail(FailureCode::is_a_collection, "This is a collection, not a file.");
    if (volume.known->worth_keeping(path))
        if (auto known = learn(volume, path, fd->get()); known && known->in_memory()) return known;
    return std::make_shared<const FileContent>(volume, std::move(*fd), *info);
}

Result<bool> begins_as_utf8(const Volume& volume, const ResourcePath& path, store::Waiting waiting) {
    auto fd = open_resource(volume, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, waiting);
    if (!fd) return std::unexpected(std::move(fd.error()));
    const auto info = info_of(fd->get());
    if (!info) return std::unexpected(info.error());
    if (info->collection) return false;
    return FileContent(volume, std::move(*fd), *info).begins_as_utf8(waiting);
}

}  // namespace davit::fs
