#pragma once
// A folder that is served, and what belongs to it alone.
#include <functional>
#include <string>

#include "davit/core/resource_path.hpp"
#include "davit/engine/claims.hpp"
#include "davit/engine/services.hpp"
#include "davit/store/idempotency_store.hpp"
#include "davit/store/trash_store.hpp"

namespace davit::http {

/// Everything that is borrowed outlives the server.
struct ExportOptions {
    ResourcePath url;  ///< of the folder
    const engine::Services& services;
    store::IdempotencyStore* idempotency = nullptr;  ///< none: Idempotency-Key is not looked at
    store::TrashStore* trash = nullptr;              ///< none: a folder that is only read
    /// Called after every request that may have left something in the trash; waits for nothing. app/ sweeps there.
    std::function<void()> housekeeping{};
    bool homes = false;  ///< a user's URLs lead into the folder of that name
    std::function<Result<void>(const std::string& name)> make_home{};  ///< none: nothing is made
    std::string control_socket{};                                      ///< "": none
};

struct Export : ExportOptions {
    explicit Export(ExportOptions options) : ExportOptions(std::move(options)) {}

    engine::ClaimTable claims;
    std::size_t number = 0;  ///< 0: the whole; otherwise its place among the exports, from 1 on
};

}  // namespace davit::http
