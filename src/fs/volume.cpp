#include "volume.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "davit/core/random.hpp"
#include "errors.hpp"

namespace davit::fs {

Result<void> Volume::sync(int fd) const {
    if (!durable || ::fsync(fd) == 0) return {};
    return system_error("fsync");
}

bool is_on_root_mount(const Volume& volume, const EntryInfo& folder) {
    return folder.info.device == volume.device && folder.mount == volume.mount;
}

bool is_on_root_mount(const Volume& volume, int folder) {
    const auto info = entry_info(folder);
    return !info || is_on_root_mount(volume, *info);
}

bool is_state(const Volume& volume, const EntryInfo& entry) {
    if (S_ISDIR(entry.mode)) return volume.state.is(entry.info.device, entry.info.identity);
    const bool mounted = entry.mounted || entry.mount != volume.mount;
    return S_ISREG(entry.mode) && mounted && entry.info.device == volume.device &&
           volume.state.has_file(entry.info.device, entry.info.identity);
}

std::string hidden_name(std::int64_t number) {
    std::string name(hidden_prefix);
    std::array<unsigned char, sizeof number> bytes;
    std::memcpy(bytes.data(), &number, sizeof number);
    append_hex(name, bytes.data(), bytes.size());
    return name;
}

std::int64_t hidden_number() {
    const auto bytes = random_bytes();
    std::int64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

Result<Aside> aside_for(const Volume& volume, int folder, const ResourcePath& path, int preferred) {
    if (is_on_root_mount(volume, folder)) return Aside{preferred, unique_name()};
    const auto number = hidden_number();
    Aside aside{folder, hidden_name(number)};
    if (!volume.journal) return aside;
    const auto intent = volume.journal->will_stage(path, number);
    if (!intent) return std::unexpected(intent.error());
    aside.intent = *intent;
    return aside;
}

void settle(const Volume& volume, const Aside& aside) {
    if (aside.intent) volume.journal->done(*aside.intent);
}

void discard(const Volume& volume, const Aside& aside) {
    const bool gone = ::unlinkat(aside.folder, aside.name.c_str(), 0) == 0 || errno == ENOENT;
    if (gone || (!aside.intent && volume.trash->take(aside.folder, aside.name, std::nullopt, {})))
        settle(volume, aside);
}

}  // namespace davit::fs
