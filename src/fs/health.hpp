#pragma once
#include <filesystem>
#include <memory>

#include "davit/fs/health.hpp"
#include "volume.hpp"

namespace davit::fs {

/// For an open volume. `root`: the path under which its folder was opened.
Result<std::shared_ptr<const HealthCheck>> make_health_check(const Volume& volume, const std::filesystem::path& root);

}  // namespace davit::fs
