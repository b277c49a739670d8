#pragma once
// Remembers files that had no properties when they were last listed.
#include <array>
#include <mutex>
#include <vector>

#include "confined.hpp"

namespace davit::fs {

/// A table of fixed size: device, inode, and the ctime at which a file had no properties. Setting an attribute changes
/// ctime, which makes the entry invalid (KnownResources lists the conditions). Thread-safe.
class KnownBare {
public:
    explicit KnownBare(bool keeps) : slots_(keeps ? slot_count : 0) {}

    bool has_none(const EntryInfo& entry) const;
    void keep(const EntryInfo& entry);

private:
    struct Slot {
        std::uint64_t device = 0, inode = 0;
        std::int64_t changed = 0;
        friend bool operator==(const Slot&, const Slot&) = default;
    };
    static constexpr std::size_t slot_count = 1U << 16;  // 1.5 MiB
    static Slot slot_of(const EntryInfo& entry) { return {entry.info.device, entry.info.identity, entry.changed}; }
    /// Files of one directory often have consecutive inodes. Their slots are adjacent too, for the processor's cache.
    static std::size_t place_of(const Slot& slot) { return (slot.inode + slot.device * 0x9E3779B9U) % slot_count; }
    std::mutex& mutex_of(std::size_t place) const { return mutexes_[place % mutexes_.size()]; }

    std::vector<Slot> slots_;
    mutable std::array<std::mutex, 64> mutexes_;
};

}  // namespace davit::fs
