#pragma once
// Requests and answers as they are on the wire, for an operator who examines a client: heads and XML bodies, without
// secrets. docs/locks-and-trash.md.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/network.hpp"
#include "davit/core/resource_path.hpp"

namespace davit::http {

/// Selects requests. Of each list that is not empty, one entry must match.
struct TraceFilter {
    std::vector<std::string> users;    ///< the user; "anonymous": a request without a login
    std::vector<ResourcePath> paths;   ///< URL paths; resources below match too
    std::vector<std::string> clients;  ///< addresses and networks, as they were written
    PeerList client_list;              ///< the same, to compare with
    bool operator==(const TraceFilter&) const = default;

    /// The facts by which a request is selected. `further`: the path of Destination.
    struct Request {
        std::string_view user;
        std::string_view client;
        const ResourcePath& path;
        const std::optional<ResourcePath>& further;
    };
    bool takes(const Request& request) const;
};
struct TraceOptions {
    bool to_log = false;  ///< log.level is "debug"
    TraceFilter filter;
    bool operator==(const TraceOptions&) const = default;
};

/// One request and its answer, a line each: "> PROPFIND / HTTP/1.1", "> Depth: 1", ">", "> <D:propfind ...".
struct Traced {
    std::string request_id;
    std::vector<std::string> lines;
};

/// The watchers on the control socket. Forgets a watcher that sends no request for a while. Thread-safe.
class WireTrace {
public:
    static constexpr std::size_t max_watchers = 8;
    static constexpr std::size_t max_bytes = 1U << 20U;  ///< kept for one watcher; the oldest requests are dropped
    static constexpr std::chrono::seconds patience{30};  ///< between two requests of a watcher

    /// Whether there is any watcher. Called at the beginning and end of every request; costs one load.
    bool watched() const { return watched_.load(std::memory_order_relaxed); }
    /// Adds a watcher. `place`: only requests of this share; null: all. Nothing when there are too many watchers.
    std::optional<std::string> watch(TraceFilter filter, const void* place);
    /// The requests since the last call, and the number of lost ones. Nothing for an unknown id.
    struct News {
        std::vector<Traced> requests;
        std::uint64_t lost = 0;
    };
    std::optional<News> take(const std::string& id);
    bool end(const std::string& id);
    /// Whether any watcher wants this request.
    bool wants(const TraceFilter::Request& request, const void* place) const;
    void add(const TraceFilter::Request& request, const void* place, const Traced& traced);

private:
    struct Watcher {
        TraceFilter filter;
        const void* place = nullptr;
        std::chrono::steady_clock::time_point asked;
        std::deque<Traced> waiting;
        std::size_t bytes = 0;
        std::uint64_t lost = 0;
        bool takes(const TraceFilter::Request& request, const void* of) const;
    };
    void forget_silent();

    mutable std::mutex mutex_;
    std::map<std::string, Watcher> watchers_;
    std::atomic<bool> watched_ = false;
};

}  // namespace davit::http
