#include "stuck_entries.hpp"

#include <cstring>

namespace davit::fs {
namespace {

/// By then an operator may have removed the obstacle.
constexpr std::chrono::minutes rest_between_tries{10};

std::string error_text(int number) {
    char buffer[128];
    return ::strerror_r(number, buffer, sizeof buffer);
}

/// Removes the entry's own name.
std::string_view below_entry(std::string_view path) {
    const auto slash = path.find('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

}  // namespace

std::string reason_of(const Obstacle& obstacle) {
    std::string text(below_entry(obstacle.path));
    if (!text.empty()) text += ": ";
    return text + error_text(obstacle.error) + " (errno " + std::to_string(obstacle.error) + ")";
}

void StuckEntries::add(const std::string& name, const Obstacle& obstacle) {
    const std::lock_guard guard(mutex_);
    entries_[name] = {reason_of(obstacle), clock_.monotonic() + rest_between_tries};
}

void StuckEntries::remove(const std::string& name) {
    const std::lock_guard guard(mutex_);
    entries_.erase(name);
}

bool StuckEntries::is_resting(const std::string& name) const {
    const std::lock_guard guard(mutex_);
    const auto found = entries_.find(name);
    return found != entries_.end() && clock_.monotonic() < found->second.next_try;
}

void StuckEntries::wake_all() {
    const std::lock_guard guard(mutex_);
    for (auto& [name, entry] : entries_) entry.next_try = {};
}

std::optional<std::string> StuckEntries::reason(const std::string& name) const {
    const std::lock_guard guard(mutex_);
    const auto found = entries_.find(name);
    return found == entries_.end() ? std::nullopt : std::optional(found->second.reason);
}

std::size_t StuckEntries::count() const {
    const std::lock_guard guard(mutex_);
    return entries_.size();
}

}  // namespace davit::fs
