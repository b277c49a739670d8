#pragma once
// What is to be seen on the way down to server.base_path. Office asks OPTIONS there, GVfs PROPFIND, rclone MKCOL.
#include "davit/engine/services.hpp"
#include "davit/store/overview.hpp"

namespace davit::http {

/// One request's view; everything that writes is refused. `base`: the base path. Borrows what `below` borrows.
struct AboveBase {
    AboveBase(const ResourcePath& base, const engine::Services& below);

    store::Overview overview;
    engine::Services services;
};

}  // namespace davit::http
