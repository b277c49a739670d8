#include "property_sets.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "davit/store/checksums.hpp"
#include "davit/store/creation_date.hpp"
#include "errors.hpp"
#include "files.hpp"
#include "property_codec.hpp"
#include "room.hpp"
#include "state_folder.hpp"

namespace davit::fs {
namespace {

std::unexpected<Failure> damaged() {
    return fail(FailureCode::properties_damaged,
                "The stored properties are damaged or were written by a newer version.");
}

/// A PROPPATCH may remove the record between the reading of the pointer and its opening. The attribute has another
/// pointer then, so the read is repeated.
constexpr int attempts = 8;

/// The mode of a record says whether more than one file may point to it. Records never change, so the owner's write bit
/// is free for this use.
constexpr mode_t own_mode = 0600, shared_mode = 0400;

/// True when a copy of the encoded set must differ.
bool differs(std::string_view value, bool keeps_creation_date) {
    if (may_hold_checksums(value)) return true;
    return keeps_creation_date ? !is_known_to_hold_creation_date(value) : may_hold_creation_date(value);
}

/// Returns 0 when it is unknown.
std::uint64_t inode_of(int fd) {
    struct stat status{};
    return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

template <typename Read>
Result<PropertySet> PropertySets::read_with(const Read& read_attribute, int fd, store::Waiting waiting) const {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto value = read_attribute();
        if (!value) return std::unexpected(value.error());
        if (!*value) return PropertySet{};
        if (auto set = decode(**value)) return std::move(*set);
        const auto pointer = decode_pointer(**value);
        if (!pointer) return damaged();
        if (waiting == store::Waiting::refused)
            return fail(FailureCode::would_block, "The properties are in a record.");
        if (fd >= 0) note_owner(*pointer, fd);
        auto set = read_record(pointer->id);
        if (set || set.error().code != FailureCode::not_found) return set;
    }
    return damaged();
}

Result<PropertySet> PropertySets::read(int fd, store::Waiting waiting) const {
    return read_with([&] { return attributes_.read(fd); }, fd, waiting);
}

Result<PropertySet> PropertySets::read_for_get(int fd) const {
    auto value = attributes_.read(fd);
    if (!value) return std::unexpected(std::move(value.error()));
    if (!*value) return PropertySet{};
    if (auto set = decode(**value)) return std::move(*set);
    auto pointer = decode_pointer(**value);
    if (pointer && pointer->for_get) return std::move(*pointer->for_get);
    return read(fd);
}

/// If the pointer's owner is another file, another program copied it here: the record is shared without a mark.
std::optional<std::string> PropertySets::own_record(int fd) const {
    if (attributes_.leave_traces()) return std::nullopt;  // rows hold sets of any size
    const auto value = attributes_.read(fd);
    if (!value || !*value) return std::nullopt;
    auto pointer = decode_pointer(**value);
    if (!pointer || pointer->owner == 0 || pointer->owner != inode_of(fd)) return std::nullopt;
    return is_shared(pointer->id) ? std::nullopt : std::optional(std::move(pointer->id));
}

void PropertySets::discard(const std::string& record) const {
    ::unlinkat(records_, record.c_str(), 0);
}

void PropertySets::hand_over(const std::string& record, int former, int file) const {
    struct stat status{};
    if (::fstat(former, &status) != 0 || status.st_nlink != 0) return;  // it is in the trash, or has another name
    const auto value = attributes_.read(file);
    if (!value) return;
    const auto pointer = *value ? decode_pointer(**value) : std::nullopt;
    if (!pointer || pointer->id != record) return discard(record);
    ::fchmodat(records_, record.c_str(), own_mode, 0);
}

void PropertySets::note_owner(const RecordPointer& pointer, int fd) const {
    if (pointer.owner != 0 && pointer.owner != inode_of(fd)) (void)mark_shared(pointer.id);
}

Result<void> PropertySets::mark_shared(const std::string& record) const {
    if (is_marked(record)) return {};
    const auto file = open_record(record);
    if (!file && file.error().code == FailureCode::not_found) return {};
    if (!file) return std::unexpected(file.error());
    if (::fchmod(file->get(), shared_mode) != 0) return system_error("fchmod");
    if (durable_ && ::fsync(file->get()) != 0) return system_error("fsync");
    return {};
}

bool PropertySets::is_marked(const std::string& record) const {
    struct stat status{};
    return ::fstatat(records_, record.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           (status.st_mode & 0777) == shared_mode;
}

bool PropertySets::is_shared(const std::string& record) const {
    struct stat status{};
    if (::fstatat(records_, record.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return true;
    return (status.st_mode & 0777) != own_mode || status.st_nlink != 1;
}

Result<PropertySet> PropertySets::read_at(int folder, const char* name) const {
    return read_with([&] { return attributes_.read_at(folder, name); }, -1, store::Waiting::allowed);
}

Result<PropertySet> PropertySets::read_record(const std::string& id) const {
    const auto file = open_record(id);
    if (!file) return std::unexpected(file.error());
    const auto bytes = read_all(file->get());
    if (!bytes) return std::unexpected(bytes.error());
    auto set = decode(*bytes);
    if (!set) return damaged();
    return std::move(*set);
}

Result<UniqueFd> PropertySets::open_record(const std::string& id) const {
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
    UniqueFd file(::openat(records_, id.c_str(), flags));
    if (!file && errno == ENOENT) {
        // The record was considered unused, but another program has restored a file that uses it. It is in use, so it
        // is not lost.
        const auto lost = id + std::string(lost_suffix);
        file = UniqueFd(::openat(records_, lost.c_str(), flags));
        if (file) ::renameat(records_, lost.c_str(), records_, id.c_str());
    }
    if (!file) return system_error("openat");
    return file;
}

Result<std::string> PropertySets::write_record(const PropertySet& set) {
    auto id = unique_name();
    const auto part = id + ".part";
    const UniqueFd file(::openat(records_, part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, own_mode));
    if (!file) return system_error("openat");
    const auto bytes = encode(set);
    auto written = write_all(file.get(), bytes);
    if (written && durable_ && ::fsync(file.get()) != 0) written = system_error("fsync");
    if (written && ::renameat(records_, part.c_str(), records_, id.c_str()) != 0) written = system_error("renameat");
    if (written && durable_ && ::fsync(records_) != 0) {
        written = system_error("fsync");
        ::unlinkat(records_, id.c_str(), 0);
    }
    if (written) return id;
    ::unlinkat(records_, part.c_str(), 0);
    return not_fitting(std::move(written.error()), file.get(), bytes.size());
}

Result<void> PropertySets::write(int fd, const PropertySet& set) {
    if (set.empty()) return attributes_.clear(fd);
    auto written = attributes_.write(fd, encode(set));
    if (written || written.error().code != FailureCode::no_space) return written;
    // The set is too large for the attribute, or the disk is full. A full disk refuses the record too, with the better
    // reason.
    const auto id = write_record(set);
    if (!id) return std::unexpected(id.error());
    written = attributes_.write(fd, encode(RecordPointer{*id, inode_of(fd), kept_beside_pointer(set)}));
    if (written) marks_.keep(*id);
    if (!written) ::unlinkat(records_, id->c_str(), 0);
    return written;
}

Result<void> PropertySets::edit(PropertySet& set, const Differences& differences) {
    if (differences.born)
        store::keep_creation_date(set, *differences.born);
    else
        set.remove(store::creation_date_name());
    return set.find(store::checksums_name()) ? differences.checksums(set) : Result<void>();
}

Result<void> PropertySets::copy(int from, AttributesSeen seen, int to, const Differences& differences) {
    const auto value =
        attributes_.may_have(seen) ? attributes_.read(from) : Result<std::optional<std::string>>(std::nullopt);
    if (!value) return std::unexpected(value.error());
    if (!*value && !differences.born) return {};
    if (!*value || differs(**value, differences.born.has_value())) {
        auto set = *value ? read(from) : Result<PropertySet>(PropertySet());
        if (!set && set.error().system) return std::unexpected(std::move(set.error()));
        if (set) {  // a damaged set stays as it is
            if (auto edited = edit(*set, differences); !edited) return edited;
            return write(to, *set);
        }
    }
    auto pointer = decode_pointer(**value);
    if (pointer) {
        if (auto marked = mark_shared(pointer->id); !marked) return marked;
        pointer->owner = inode_of(to);
    }
    auto written = attributes_.write(to, pointer ? encode(*pointer) : **value);
    if (pointer && written) marks_.keep(pointer->id);
    if (written || written.error().code != FailureCode::no_space) return written;
    const auto set = read(from);
    if (!set) return std::unexpected(set.error());
    return write(to, *set);
}

}  // namespace davit::fs
