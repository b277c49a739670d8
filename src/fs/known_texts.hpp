#pragma once
// Remembers which files begin as UTF-8.
#include <array>
#include <mutex>
#include <optional>
#include <vector>

#include "davit/store/resource_info.hpp"

namespace davit::fs {

/// A table of fixed size: inode, size and time of a file, of which its entity tag is also made, and whether its text
/// begins as UTF-8. Other content has another time, which makes the entry invalid. Thread-safe.
class KnownTexts {
public:
    KnownTexts() : slots_(slot_count) {}

    std::optional<bool> begins_as_utf8(const store::ResourceInfo& info) const;
    /// Does not store a file that was just written, because its next content could have the same time.
    void keep(const store::ResourceInfo& info, bool utf8);

private:
    struct Slot {
        std::uint64_t device = 0, inode = 0, size = 0;
        std::int64_t modified = 0;
        bool utf8 = false;
        bool is_of(const Slot& other) const {
            return inode == other.inode && modified == other.modified && size == other.size && device == other.device;
        }
    };
    static constexpr std::size_t slot_count = 1U << 15;  // 1.25 MiB
    static Slot slot_of(const store::ResourceInfo& info) {
        return {info.device, info.identity, info.size, info.modified.time_since_epoch().count()};
    }
    static std::size_t place_of(const Slot& slot) { return (slot.inode + slot.device * 0x9E3779B9U) % slot_count; }
    std::mutex& mutex_of(std::size_t place) const { return mutexes_[place % mutexes_.size()]; }

    std::vector<Slot> slots_;
    mutable std::array<std::mutex, 64> mutexes_;
};

}  // namespace davit::fs
