#include "background_warnings.hpp"

#include <utility>

namespace davit::fs {
namespace {

/// The maximum number of keys and of waiting texts. Above it report() drops new texts.
constexpr std::size_t max_warnings = 1000;

}  // namespace

void BackgroundWarnings::report(const std::string& key, std::string text) {
    const std::lock_guard guard(mutex_);
    if (reported_.size() >= max_warnings || pending_.size() >= max_warnings) return;
    if (reported_.insert(key).second) pending_.push_back(std::move(text));
}

void BackgroundWarnings::settled(const std::string& key) {
    const std::lock_guard guard(mutex_);
    reported_.erase(key);
}

std::vector<std::string> BackgroundWarnings::take() {
    const std::lock_guard guard(mutex_);
    return std::exchange(pending_, {});
}

bool BackgroundWarnings::any() const {
    const std::lock_guard guard(mutex_);
    return !pending_.empty();
}

}  // namespace davit::fs
