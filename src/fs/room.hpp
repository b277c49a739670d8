#pragma once
// Disk space: how much was missing for a write, and how much an upload reserves.
#include <atomic>
#include <cstdint>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// If `failure` is no_space, adds `needed` and the available bytes. `file` did not fit; it is truncated first, so that
/// its space counts as available.
std::unexpected<Failure> not_fitting(Failure failure, int file, std::uint64_t needed);

/// Bytes that all uploads together have reserved and not yet received.
using BytesAhead = std::atomic<std::uint64_t>;

/// The space that one upload reserves: for the received bytes, and some steps ahead. A mere announcement takes no space
/// from others. All reservations together hold at most a quarter of the free space.
class Reservation {
public:
    explicit Reservation(BytesAhead& total) : total_(total) {}
    ~Reservation() { set_ahead(0); }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

    /// Announces that `file`, which holds `held` bytes, will grow to `size` bytes. no_space when they do not fit now.
    /// Reserves nothing.
    Result<void> announce(int file, std::uint64_t size, std::uint64_t held = 0);
    /// The first byte will be written at `offset`. Nothing before it is reserved, so holes stay.
    void begin_at(std::uint64_t offset) { reserved_ = offset; }
    /// Call this before writing up to `end`: reserves that, and a step ahead.
    void extend(int file, std::uint64_t end);
    /// Call this after the write.
    void reached(std::uint64_t end) { set_ahead(reserved_ > end ? reserved_ - end : 0); }

private:
    void set_ahead(std::uint64_t bytes);
    bool is_within_share(int file, std::uint64_t more) const;

    BytesAhead& total_;
    std::uint64_t announced_ = 0, reserved_ = 0, ahead_ = 0;
    bool possible_ = true;  ///< the file system supports reservations
};

}  // namespace davit::fs
