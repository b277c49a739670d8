#include "damaged_sets.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "errors.hpp"
#include "files.hpp"

namespace davit::fs {
namespace {

Result<UniqueFd> open_damaged_folder(const Volume& volume) {
    const int state = volume.state.folder();
    if (::mkdirat(state, damaged_folder, 0700) != 0 && errno != EEXIST) return system_error("mkdirat");
    UniqueFd folder(::openat(state, damaged_folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return system_error("openat");
    return folder;
}

Result<void> append_durably(int folder, const std::string& name, std::string_view bytes) {
    constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
    const UniqueFd file(::openat(folder, name.c_str(), flags, 0600));
    if (!file) return system_error("openat");
    if (auto written = write_all(file.get(), bytes); !written) return written;
    return ::fsync(file.get()) == 0 ? Result<void>() : system_error("fsync");
}

/// Returns nothing when the record is missing or unreadable. An unreadable record stays where it is.
std::optional<std::string> record_bytes(const Volume& volume, const std::string& id) {
    for (const auto& name : {id, id + std::string(lost_suffix)}) {
        const UniqueFd file(::openat(volume.state.records(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file) continue;
        if (auto bytes = read_all(file.get())) return std::move(*bytes);
    }
    return std::nullopt;
}

}  // namespace

Result<void> replace_damaged_set(const Volume& volume, int fd, const ResourcePath& path, const std::string& value) {
    const auto folder = open_damaged_folder(volume);
    if (!folder) return std::unexpected(folder.error());
    const auto name = unique_name();
    auto kept = append_durably(folder->get(), name + ".attribute", value);
    const auto pointer = decode_pointer(value);
    const auto record = pointer ? record_bytes(volume, pointer->id) : std::nullopt;
    if (kept && record) kept = append_durably(folder->get(), name + ".record", *record);
    if (kept) kept = append_durably(folder->get(), "index.txt", name + ' ' + path.href() + '\n');
    if (kept && ::fsync(folder->get()) != 0) kept = system_error("fsync");
    if (kept && ::fsync(volume.state.folder()) != 0) kept = system_error("fsync");
    if (!kept) return kept;
    auto done =
        pointer && pointer->for_get ? volume.property_sets->write(fd, *pointer->for_get) : volume.attributes->clear(fd);
    return done ? volume.sync(fd) : done;
}

bool is_of_newer_version(const std::string& value) {
    constexpr std::string_view magic = "DAVP";
    constexpr char version = 1;
    return value.size() > magic.size() && value.starts_with(magic) && value[magic.size()] > version;
}

}  // namespace davit::fs
