#include "davit/http/wire_trace.hpp"

#include <algorithm>
#include <utility>

#include "davit/http/request_id.hpp"

namespace davit::http {
namespace {

std::size_t bytes_of(const Traced& traced) {
    std::size_t bytes = sizeof traced;
    for (const auto& line : traced.lines) bytes += line.size() + sizeof(std::string);
    return bytes;
}

}  // namespace

bool TraceFilter::takes(const Request& request) const {
    const auto name = request.user.empty() ? std::string_view("anonymous") : request.user;
    if (!users.empty() && std::ranges::find(users, name) == users.end()) return false;
    if (!clients.empty() && !client_list.contains(request.client)) return false;
    if (paths.empty()) return true;
    return std::ranges::any_of(paths, [&](const ResourcePath& path) {
        return path.contains(request.path) || (request.further && path.contains(*request.further));
    });
}

bool WireTrace::Watcher::takes(const TraceFilter::Request& request, const void* of) const {
    return (!place || place == of) && filter.takes(request);
}

std::optional<std::string> WireTrace::watch(TraceFilter filter, const void* place) {
    const std::lock_guard guard(mutex_);
    forget_silent();
    if (watchers_.size() >= max_watchers) return std::nullopt;
    auto id = make_request_id();
    watchers_.emplace(id, Watcher{std::move(filter), place, std::chrono::steady_clock::now(), {}, 0, 0});
    watched_ = true;
    return id;
}

std::optional<WireTrace::News> WireTrace::take(const std::string& id) {
    const std::lock_guard guard(mutex_);
    const auto found = watchers_.find(id);
    if (found == watchers_.end()) return std::nullopt;
    auto& watcher = found->second;
    watcher.asked = std::chrono::steady_clock::now();
    News news;
    news.requests.assign(std::make_move_iterator(watcher.waiting.begin()),
                         std::make_move_iterator(watcher.waiting.end()));
    news.lost = std::exchange(watcher.lost, 0);
    watcher.waiting.clear();
    watcher.bytes = 0;
    return news;
}

bool WireTrace::end(const std::string& id) {
    const std::lock_guard guard(mutex_);
    const bool was = watchers_.erase(id) > 0;
    watched_ = !watchers_.empty();
    return was;
}

bool WireTrace::wants(const TraceFilter::Request& request, const void* place) const {
    const std::lock_guard guard(mutex_);
    return std::ranges::any_of(watchers_, [&](const auto& each) { return each.second.takes(request, place); });
}

void WireTrace::add(const TraceFilter::Request& request, const void* place, const Traced& traced) {
    const std::lock_guard guard(mutex_);
    forget_silent();
    for (auto& [id, watcher] : watchers_) {
        if (!watcher.takes(request, place)) continue;
        watcher.waiting.push_back(traced);
        watcher.bytes += bytes_of(traced);
        while (watcher.bytes > max_bytes) {
            watcher.bytes -= bytes_of(watcher.waiting.front());
            watcher.waiting.pop_front();
            ++watcher.lost;
        }
    }
}

void WireTrace::forget_silent() {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(watchers_, [&](const auto& each) { return now - each.second.asked > patience; });
    watched_ = !watchers_.empty();
}

}  // namespace davit::http
