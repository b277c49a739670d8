#pragma once
// A share: a served folder and what belongs to it alone.
#include <functional>
#include <string>

#include "davit/core/resource_path.hpp"
#include "davit/engine/claims.hpp"
#include "davit/engine/services.hpp"
#include "davit/store/idempotency_store.hpp"
#include "davit/store/trash_store.hpp"

namespace davit::http {

/// Borrowed objects must outlive the server.
struct ExportOptions {
    ResourcePath url;  ///< of the folder
    const engine::Services& services;
    store::IdempotencyStore* idempotency = nullptr;  ///< none: Idempotency-Key is ignored
    store::TrashStore* trash = nullptr;              ///< none: a read-only share
    /// Called after every request that may have left something in the trash. Must not block.
    std::function<void()> housekeeping{};
    bool homes = false;  ///< a user's URLs lead into the folder of that name
    std::function<Result<void>(const std::string& name)> make_home{};  ///< none: homes are not made
    std::string control_socket{};                                      ///< "": none
};

struct Export : ExportOptions {
    explicit Export(ExportOptions options) : ExportOptions(std::move(options)) {}

    engine::ClaimTable claims;
    std::size_t number = 0;  ///< its position in [[exports]], from 1; 0: the only share, or what is above several
};

}  // namespace davit::http
