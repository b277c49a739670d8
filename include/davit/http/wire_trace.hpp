#pragma once
// Requests and answers as they are on the wire, for an operator who looks for what a client does: heads and XML
// bodies, without secrets. docs/locks-and-trash.md.
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

/// Which requests. Each list that has entries must have one that fits.
struct TraceFilter {
    std::vector<std::string> users;    ///< who has logged in; "anonymous": nobody
    std::vector<ResourcePath> paths;   ///< of URLs; what lies below counts too
    std::vector<std::string> clients;  ///< addresses and networks, as they were written
    PeerList client_list;              ///< the same, to compare with
    bool operator==(const TraceFilter&) const = default;

    /// What a request is judged by. `further`: the path of Destination.
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

/// Those who watch through the control socket. Thread-safe. Whoever has not asked for a while is forgotten.
class WireTrace {
public:
    static constexpr std::size_t max_watchers = 8;
    static constexpr std::size_t max_bytes = 1U << 20U;  ///< that wait for one of them; the oldest requests go
    static constexpr std::chrono::seconds patience{30};  ///< between two questions

    /// Costs one load: asked at the begin and end of every request.
    bool watched() const { return watched_.load(std::memory_order_relaxed); }
    /// `place`: requests of this folder only; null for all. Nothing when too many watch.
    std::optional<std::string> watch(TraceFilter filter, const void* place);
    /// What has come since the last call, and how many requests were lost. Nothing when nobody has this id.
    struct News {
        std::vector<Traced> requests;
        std::uint64_t lost = 0;
    };
    std::optional<News> take(const std::string& id);
    bool end(const std::string& id);
    /// Whether somebody wants this request.
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
