#include "volume.hpp"

#include <unistd.h>

#include "errors.hpp"

namespace davit::fs {

Result<void> Volume::sync(int fd) const {
    if (!durable || ::fsync(fd) == 0) return {};
    return system_error("fsync");
}

bool on_root_device(const Volume& volume, int folder) {
    const auto info = info_of(folder);
    return !info || info->device == volume.device;
}

Aside aside_for(const Volume& volume, int folder, int preferred) {
    return on_root_device(volume, folder) ? Aside{preferred, unique_name()} : hidden_in(folder);
}

Aside hidden_in(int folder) {
    return {folder, std::string(hidden_prefix) + unique_name()};
}

}  // namespace davit::fs
