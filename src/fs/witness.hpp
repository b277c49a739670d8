#pragma once
// Whether what was found a moment ago is still so, without asking the file system.
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

/// Each thread has its own. A file that is asked for again and again is watched (inotify(7)): itself, and every folder
/// it is reached through. The kernel tells of a change before the call that made it returns, and sends a signal to this
/// very thread (fcntl(2), O_ASYNC), whose handler runs before any system call of the thread returns. So whoever has
/// changed something and then asks finds that the thread knows; to look costs no system call. What the kernel does not
/// tell (the first store to a page of a mapping, libaio, something mounted in between, rights of a folder above) is
/// looked for by statx(2) every `at_least_every`.
class Witness {
public:
    using Known = KnownResources::Known;

    /// This thread's.
    static Witness& of_thread();
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;

    /// The file as it was when it was last looked at, if nothing has happened to it since; null when that is not known.
    /// `cache` is the number of the KnownResources it belongs to.
    Known find(std::uint64_t cache, std::string_view path);
    /// statx(2) has just found it so. After a few times it is watched.
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
        std::string path;                          ///< what its key is a view of
        std::weak_ptr<const KnownResource> known;  ///< kept, or thrown out for want of room, by its KnownResources
        std::int64_t looked;                       ///< when, nanoseconds of the coarse monotonic clock
        int watch;
    };
    struct Folder {
        std::uint64_t cache;
        std::string path;
        friend bool operator==(const Folder&, const Folder&) = default;
    };
    using Files = std::unordered_map<Place, std::unique_ptr<Trusted>, Hash>;

    static constexpr std::int64_t at_least_every = 10'000'000;
    static constexpr std::uint8_t worth_watching = 16;  ///< times that it was found unchanged
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
    std::unordered_map<int, std::vector<Folder>> folders_;  ///< by watch; a folder may be reached by several names
    std::int64_t full_until_ = 0;
    std::vector<std::uint8_t> asked_ = std::vector<std::uint8_t>(4096);  ///< times it was found unchanged, by hash
};

}  // namespace davit::fs
