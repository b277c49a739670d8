#include "trimmed_report.hpp"

#include <algorithm>

namespace davit::http {
namespace {

/// Of an object beside the texts it holds.
constexpr std::size_t object_bytes = 64;
/// A sentence is for a person; more of one is not read.
constexpr std::size_t max_sentence = 1024;

std::size_t bytes_of(const ResourcePath& path) {
    return object_bytes + path.str().size();
}
std::size_t bytes_of(const PropertyName& name) {
    return object_bytes + name.ns.size() + name.local.size();
}
std::size_t bytes_of(const HeldLock& lock) {
    return 2 * object_bytes + lock.root.str().size() + lock.owner.size();
}

std::size_t bytes_of(const WouldFail& other) {
    return bytes_of(other.property) + object_bytes + other.sentence.size();
}

std::size_t bytes_of(const PropStat& propstat);

template <typename T>
std::size_t bytes_of(const std::vector<T>& items) {
    std::size_t sum = 0;
    for (const auto& item : items) sum += bytes_of(item);
    return sum;
}

std::size_t bytes_of(const Failure& failure) {
    return 2 * object_bytes + failure.sentence.size() + bytes_of(failure.culprits) + bytes_of(failure.facts.locks) +
           bytes_of(failure.facts.collections) + bytes_of(failure.facts.also);
}

std::size_t bytes_of(const EntryStatus& entry) {
    if (const auto* failure = std::get_if<Failure>(&entry)) return bytes_of(*failure);
    const auto* cause = std::get_if<Cause>(&entry);
    return object_bytes + (cause ? bytes_of(cause->path) + (cause->property ? bytes_of(*cause->property) : 0) : 0);
}

std::size_t bytes_of(const PropStat& propstat) {
    return bytes_of(propstat.names) + bytes_of(propstat.status);
}

std::size_t bytes_of(const Response& response) {
    const auto* propstats = std::get_if<std::vector<PropStat>>(&response.body);
    return bytes_of(response.path) +
           (propstats ? bytes_of(*propstats) : bytes_of(std::get<EntryStatus>(response.body)));
}

std::size_t bytes_of(const FailureReport& report) {
    const auto& refusal = report.refusal;
    std::size_t sum = 2 * object_bytes + report.href.size() + bytes_of(refusal.failure) + bytes_of(refusal.culprit);
    if (refusal.property) sum += bytes_of(*refusal.property);
    if (refusal.body)
        for (const auto& response : refusal.body->responses()) sum += bytes_of(response);
    return sum;
}

/// Copies a report until the room is used up, and counts what it leaves out.
class ReportTrimmer {
public:
    explicit ReportTrimmer(std::size_t room) : room_(room) {}

    FailureReport trim(const FailureReport& full) {
        engine::Refusal refusal(trim(full.refusal.failure));
        refusal.dependents = full.refusal.dependents;
        refusal.property = full.refusal.property;
        refusal.culprit = full.refusal.culprit;
        if (full.refusal.body) refusal.body = trim(*full.refusal.body);
        return {std::move(refusal), full.href, full.mapping};
    }
    std::size_t left_out() const { return left_out_; }

private:
    bool take(std::size_t bytes) {
        if (bytes > room_) {
            room_ = 0;  // what follows is left out too: what is kept is a beginning
            return false;
        }
        room_ -= bytes;
        return true;
    }

    template <typename T>
    std::vector<T> trim(const std::vector<T>& full) {
        std::vector<T> kept;
        for (const auto& item : full) {
            if (!take(bytes_of(item))) break;
            kept.push_back(item);
        }
        left_out_ += full.size() - kept.size();
        return kept;
    }

    Failure trim(const Failure& full) {
        Failure kept{full.code, full.sentence.substr(0, max_sentence), {}};
        take(2 * object_bytes + kept.sentence.size());
        kept.culprits = trim(full.culprits);
        kept.retry_after = full.retry_after;
        kept.system = full.system;
        kept.changed = full.changed;
        kept.facts = {full.facts.room, trim(full.facts.locks), full.facts.missing,
                      full.facts.rule, trim(full.facts.also),  {}};
        for (const auto& culprit : kept.culprits)
            if (std::ranges::find(full.facts.collections, culprit) != full.facts.collections.end() &&
                take(bytes_of(culprit)))
                kept.facts.collections.push_back(culprit);
        return kept;
    }

    EntryStatus trim(const EntryStatus& full) {
        if (const auto* failure = std::get_if<Failure>(&full)) return trim(*failure);
        take(bytes_of(full));
        return full;
    }

    /// Real failures come before what depends on them, so a beginning is a sound Multi-Status too.
    MultiStatus trim(const MultiStatus& full) {
        std::vector<Response> kept;
        for (const auto& response : full.responses()) {
            if (!kept.empty() && !take(bytes_of(response.path))) break;
            kept.push_back({response.path, response.collection, trim_body(response)});
        }
        left_out_ += full.responses().size() - kept.size();
        return MultiStatus(std::move(kept));
    }

    std::variant<EntryStatus, std::vector<PropStat>> trim_body(const Response& full) {
        if (const auto* entry = std::get_if<EntryStatus>(&full.body)) return trim(*entry);
        std::vector<PropStat> kept;
        for (const auto& propstat : std::get<std::vector<PropStat>>(full.body)) {
            auto status = trim(propstat.status);
            kept.push_back({trim(propstat.names), std::move(status)});
        }
        return kept;
    }

    std::size_t room_;
    std::size_t left_out_ = 0;
};

}  // namespace

TrimmedReport trimmed(std::shared_ptr<const FailureReport> report, std::size_t max_bytes) {
    const auto bytes = bytes_of(*report);
    if (bytes <= max_bytes) return {std::move(report), 0, bytes};
    ReportTrimmer trimmer(max_bytes);
    auto kept = std::make_shared<const FailureReport>(trimmer.trim(*report));
    const auto kept_bytes = bytes_of(*kept);
    return {std::move(kept), trimmer.left_out(), kept_bytes};
}

}  // namespace davit::http
