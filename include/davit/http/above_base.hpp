#pragma once
// The collections on the way down to server.base_path. Office sends OPTIONS there, GVfs PROPFIND, rclone MKCOL.
#include "davit/engine/services.hpp"
#include "davit/store/overview.hpp"

namespace davit::http {

/// The view of one request; it refuses everything that writes. `base`: the base path. Borrows what `below` borrows.
struct AboveBase {
    AboveBase(const ResourcePath& base, const engine::Services& below);

    store::Overview overview;
    engine::Services services;
};

}  // namespace davit::http
