#include "properties.hpp"

#include <fcntl.h>

#include "davit/store/checksums.hpp"
#include "errors.hpp"
#include "file_time.hpp"
#include "property_codec.hpp"
#include "resolve.hpp"

namespace davit::fs {
namespace {

/// The previous time and mode, to restore them.
struct Former {
    std::uint64_t inode = 0;
    mode_t mode = 0;
    timespec modified{};
};

Result<Former> former(int fd) {
    struct stat status{};
    if (::fstat(fd, &status) != 0) return system_error("fstat");
    return Former{status.st_ino, status.st_mode & 07777, status.st_mtim};
}

/// A PropertyChange in the form that is written: the time in nanoseconds, and checksums bound to it.
struct Wanted {
    std::optional<PropertySet> properties;
    std::optional<store::FileTime> modified;
    std::optional<bool> executable;
};

Result<Wanted> wanted_of(Volume& volume, int fd, const store::PropertyChange& change) {
    Wanted wanted{change.properties, {}, change.executable};
    if (!change.modified) return wanted;
    wanted.modified = volume.clock.within(*change.modified);
    if (!wanted.properties) {
        auto set = volume.property_sets->read(fd);
        if (!set) return std::unexpected(std::move(set.error()));
        if (set->find(store::checksums_name())) wanted.properties = std::move(*set);
    }
    if (!wanted.properties || !wanted.properties->find(store::checksums_name())) return wanted;
    const auto before = info_of(fd);
    if (!before) return std::unexpected(before.error());
    auto now = *before;
    now.modified = *wanted.modified;
    store::rebind_checksums(*wanted.properties, *before, now);
    return wanted;
}

/// Gives execute permission to everyone who may read, without set-ID bits.
mode_t with_execute(mode_t mode, bool executable) {
    constexpr mode_t bits = S_IXUSR | S_IXGRP | S_IXOTH;
    mode &= 0777;
    return executable ? mode | S_IXUSR | ((mode & (S_IRGRP | S_IROTH)) >> 2) : mode & ~bits;
}

/// One PROPPATCH: mode, time, then the attribute. The attribute is atomic and may run out of space, so it comes last.
/// If it fails, the earlier steps are undone.
class Change {
public:
    Change(Volume& volume, int fd, const Wanted& change, const Former& before)
        : volume_(volume), fd_(fd), change_(change), before_(before) {}

    Result<void> apply() {
        auto done = set_mode();
        if (done) done = set_modified();
        if (done && change_.properties) done = volume_.property_sets->write(fd_, *change_.properties);
        if (!done) undo(done.error());
        return done;
    }

private:
    Result<void> set_mode() {
        if (!change_.executable) return {};
        const auto mode = with_execute(before_.mode, *change_.executable);
        if (mode == before_.mode) return {};
        if (::fchmod(fd_, mode) != 0) return system_error("fchmod");
        mode_set_ = true;
        return {};
    }

    Result<void> set_modified() {
        if (!change_.modified) return {};
        clock_set_ = true;
        return set_clock_exactly(fd_, *change_.modified);
    }

    void undo(Failure& failure) {
        const timespec times[2] = {{0, UTIME_OMIT}, before_.modified};
        const bool mode_back = !mode_set_ || ::fchmod(fd_, before_.mode) == 0;
        const bool clock_back = !clock_set_ || ::futimens(fd_, times) == 0;
        if (!mode_back || !clock_back) failure.changed = Changed::unknown;
    }

    Volume& volume_;
    int fd_;
    const Wanted& change_;
    const Former& before_;
    bool mode_set_ = false;
    bool clock_set_ = false;
};

/// A change of several kinds needs an intent that survives a crash in the middle. A change of one kind does not.
Result<std::optional<std::int64_t>> note(Volume& volume, const ResourcePath& path, const Wanted& change,
                                         const Former& before) {
    const int kinds =
        int(change.properties.has_value()) + int(change.modified.has_value()) + int(change.executable.has_value());
    if (kinds < 2) return std::nullopt;
    const auto wanted = change.properties ? digest(encode(*change.properties)) : 0;
    auto intent = volume.journal->will_change(
        path, {before.inode, before.mode, nanoseconds(before.modified.tv_sec, before.modified.tv_nsec), wanted});
    if (!intent) return std::unexpected(std::move(intent.error()));
    return *intent;
}

}  // namespace

Result<PropertySet> FileProperties::read(const ResourcePath& path, store::Waiting waiting) const {
    const auto fd = open_resource(volume_, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!fd) return std::unexpected(fd.error());
    return volume_.property_sets->read(fd->get(), waiting);
}

Result<void> FileProperties::write(const ResourcePath& path, const store::PropertyChange& change) {
    const auto opened = open_resource(volume_, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!opened) return std::unexpected(opened.error());
    const int fd = opened->get();
    const auto before = former(fd);
    if (!before) return std::unexpected(before.error());
    const auto wanted = wanted_of(volume_, fd, change);
    if (!wanted) return std::unexpected(wanted.error());
    auto intent = note(volume_, path, *wanted, *before);
    if (!intent) return std::unexpected(std::move(intent.error()));
    const auto replaced = wanted->properties ? volume_.property_sets->own_record(fd) : std::nullopt;
    auto done = Change(volume_, fd, *wanted, *before).apply();
    const bool halfway = !done && done.error().changed == Changed::unknown;
    if (done) {
        volume_.journal->supersede(before->inode);
        done = volume_.sync(fd);
        if (!done) done.error().changed = Changed::unknown;
        if (done && replaced) volume_.property_sets->discard(*replaced);
    }
    if (*intent && halfway)
        volume_.journal->left_halfway(before->inode, **intent);
    else if (*intent)
        volume_.journal->done(**intent);
    return done;
}

}  // namespace davit::fs
