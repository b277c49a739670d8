#pragma once
// Tells whether a recent result is still valid, without a system call.
#include <sys/inotify.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "known_resources.hpp"
#include "unique_fd.hpp"

namespace davit::fs {

/// One for each thread. It watches (inotify(7)) a file that is requested repeatedly, and every directory on its path.
/// The kernel reports a change before the changing call returns, and signals this very thread (fcntl(2), O_ASYNC). The
/// handler runs before any system call of the thread returns. So when a client has changed a file and then sends a
/// request, the thread knows of the change; the check costs no system call. Changes that the kernel does not report
/// (the first store to a mapped page, libaio, a mount on the path, rights of an ancestor) are found by statx(2) every
/// `at_least_every`.
class Witness {
public:
    using Known = KnownResources::Known;

    /// The instance of the calling thread.
    static Witness& of_thread();
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;

    /// The file as last checked, if nothing has happened to it since; null when that is unknown. `cache` is the number
    /// of its KnownResources.
    Known find(std::uint64_t cache, std::string_view path);
    /// statx(2) has just confirmed the file. After several times it is watched.
    void found(std::uint64_t cache, int root, const std::string& path, const Known& known);

private:
    struct Place {
        std::uint64_t cache;
        std::string_view path;
        friend bool operator==(const Place&, const Place&) = default;
    };
    struct Hash {
        std::size_t operator()(const Place& place) const {
            return std::hash<std::string_view>{}(place.path) ^ place.cache;
        }
    };
    struct Trusted {
        std::string path;                          ///< its key is a view of this
        std::weak_ptr<const KnownResource> known;  ///< its KnownResources keeps it, or evicts it
        std::int64_t looked;  ///< time of the last check, nanoseconds of the coarse monotonic clock
        int watch;
    };
    struct Folder {
        std::uint64_t cache;
        std::string path;
        friend bool operator==(const Folder&, const Folder&) = default;
    };
    using Files = std::unordered_map<Place, std::unique_ptr<Trusted>, Hash>;

    static constexpr std::int64_t at_least_every = 10'000'000;
    static constexpr std::uint8_t worth_watching = 16;  ///< confirmations before it is watched
    static constexpr std::size_t most_files = 1024;
    static constexpr std::size_t most_folders = 1024;

    Witness() = default;
    ~Witness();
    bool begin();
    void forget_all();
    void listen();
    void take(const inotify_event& event);
    int watch(int root, const std::string& path, std::uint32_t mask);
    bool watch_way_to(std::uint64_t cache, int root, const std::string& path);
    bool make_room(std::int64_t now);
    void trust(std::uint64_t cache, int root, const std::string& path, const Known& known, std::int64_t now);
    void distrust(int watch);
    void distrust_below(int watch);
    void end_watch(int watch);
    std::uint8_t& asked(const Place& place) { return asked_[Hash{}(place) % asked_.size()]; }

    UniqueFd events_;
    bool unable_ = false;  ///< the kernel gives no watches
    Files trusted_;
    std::unordered_map<int, std::vector<Place>> by_watch_;  ///< several names may lead to one file
    std::unordered_map<int, std::vector<Folder>> folders_;  ///< by watch; several names may lead to one directory
    std::int64_t full_until_ = 0;
    std::vector<std::uint8_t> asked_ = std::vector<std::uint8_t>(4096);  ///< confirmations, by hash
};

}  // namespace davit::fs
