#include "record_marks.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace davit::fs {
namespace {

/// Descriptors held open until the end of a round. If more entries arrive between two slices, the round is spoilt: the
/// server is too busy for this work.
constexpr std::size_t most_arrivals = 256;

}  // namespace

void RecordMarks::keep(const std::string& id) {
    if (running()) meet(id);
}

void RecordMarks::arrived(int folder, const std::string& name) {
    if (!running()) return;
    UniqueFd fd(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd && (errno == ELOOP || errno == ENOENT || errno == ENXIO)) return;  // it cannot have properties, or is gone
    const std::lock_guard guard(mutex_);
    if (!fd || arrivals_.size() >= most_arrivals)
        spoilt_ = true;
    else
        arrivals_.push_back(std::move(fd));
}

void RecordMarks::begin(Unmet unmet) {
    const std::lock_guard guard(mutex_);
    unmet_ = std::move(unmet);
    arrivals_.clear();
    spoilt_ = false;
    running_.store(true, std::memory_order_release);
}

bool RecordMarks::meet(const std::string& id) {
    const std::lock_guard guard(mutex_);
    const auto met = unmet_.extract(id);
    return met && met.mapped();
}

void RecordMarks::spoil() {
    const std::lock_guard guard(mutex_);
    spoilt_ = true;
}

std::optional<UniqueFd> RecordMarks::next_arrival() {
    const std::lock_guard guard(mutex_);
    if (arrivals_.empty()) return std::nullopt;
    auto fd = std::move(arrivals_.back());
    arrivals_.pop_back();
    return fd;
}

std::optional<RecordMarks::Unmet> RecordMarks::finish() {
    const std::lock_guard guard(mutex_);
    if (!spoilt_ && !arrivals_.empty()) return std::nullopt;
    running_.store(false, std::memory_order_release);
    arrivals_.clear();
    auto unmet = std::exchange(unmet_, {});
    if (spoilt_) return std::nullopt;
    return unmet;
}

}  // namespace davit::fs
