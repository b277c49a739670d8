#include "property_sets.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "davit/store/checksums.hpp"
#include "errors.hpp"
#include "files.hpp"
#include "property_codec.hpp"
#include "room.hpp"
#include "state_folder.hpp"

namespace davit::fs {
namespace {

std::unexpected<Failure> damaged() {
    return fail(FailureCode::io_error, "The stored properties are damaged or were written by a newer version.");
}

/// A record can vanish between reading the pointer and opening it when a PROPPATCH comes between; then the attribute
/// says something else by now.
constexpr int attempts = 8;

}  // namespace

template <typename Read>
Result<PropertySet> PropertySets::read_with(const Read& read_attribute) const {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto value = read_attribute();
        if (!value) return std::unexpected(value.error());
        if (!*value) return PropertySet{};
        if (auto set = decode(**value)) return std::move(*set);
        const auto pointer = decode_pointer(**value);
        if (!pointer) return damaged();
        auto set = read_record(pointer->id);
        if (set || set.error().code != FailureCode::not_found) return set;
    }
    return damaged();
}

Result<PropertySet> PropertySets::read(int fd) const {
    return read_with([&] { return attributes_.read(fd); });
}

Result<PropertySet> PropertySets::read_at(int folder, const char* name) const {
    return read_with([&] { return attributes_.read_at(folder, name); });
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
        // Taken for unused: somebody brought a file back from outside. In use it is not lost.
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
    const UniqueFd file(::openat(records_, part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
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
    // Too large for the attribute, or the disk is full: a full disk refuses the record too, and with the better reason.
    const auto id = write_record(set);
    if (!id) return std::unexpected(id.error());
    written = attributes_.write(fd, encode(RecordPointer{*id}));
    if (written) marks_.keep(*id);
    if (!written) ::unlinkat(records_, id->c_str(), 0);
    return written;
}

Result<void> PropertySets::copy(int from, OwnAttribute seen, int to, const Edit& edit) {
    if (!attributes_.may_have(seen)) return {};
    const auto value = attributes_.read(from);
    if (!value) return std::unexpected(value.error());
    if (!*value) return {};
    if (may_hold_checksums(**value)) {
        auto set = read(from);
        if (!set && set.error().system) return std::unexpected(std::move(set.error()));
        if (set && set->find(store::checksums_name())) {  // a damaged set stays as it is
            if (auto edited = edit(*set); !edited) return edited;
            return write(to, *set);
        }
    }
    auto written = attributes_.write(to, **value);
    if (const auto pointer = decode_pointer(**value); pointer && written) marks_.keep(pointer->id);
    if (written || written.error().code != FailureCode::no_space) return written;
    const auto set = read(from);
    if (!set) return std::unexpected(set.error());
    return write(to, *set);
}

}  // namespace davit::fs
