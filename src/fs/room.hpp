#pragma once
// Room on the disk: how much was missing when something did not fit, and what is reserved for an upload.
#include <atomic>
#include <cstdint>

#include "davit/core/failure.hpp"

namespace davit::fs {

/// When `failure` is no_space, adds that `needed` bytes were asked for and how many there are. `file` is what did not
/// fit: it is emptied first, so that what it holds counts as available.
std::unexpected<Failure> not_fitting(Failure failure, int file, std::uint64_t needed);

/// Bytes that are reserved for all uploads together and have not come.
using BytesAhead = std::atomic<std::uint64_t>;

/// The room that one upload reserves: for what has come, and some steps ahead. What a client only announces takes
/// nothing from others. All reservations together hold at most a quarter of the free room.
class Reservation {
public:
    explicit Reservation(BytesAhead& total) : total_(total) {}
    ~Reservation() { set_ahead(0); }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

    /// Announces that `file`, which holds `held` bytes, will have `size` bytes. no_space when they do not fit now.
    /// Reserves nothing.
    Result<void> announce(int file, std::uint64_t size, std::uint64_t held = 0);
    /// The first byte that is written goes to `offset`: nothing before it is reserved, so holes there stay.
    void begin_at(std::uint64_t offset) { reserved_ = offset; }
    /// Before bytes are written up to `end`: reserves for them and for a step ahead.
    void extend(int file, std::uint64_t end);
    /// They have been written.
    void reached(std::uint64_t end) { set_ahead(reserved_ > end ? reserved_ - end : 0); }

private:
    void set_ahead(std::uint64_t bytes);
    bool is_within_share(int file, std::uint64_t more) const;

    BytesAhead& total_;
    std::uint64_t announced_ = 0, reserved_ = 0, ahead_ = 0;
    bool possible_ = true;  ///< the file system can reserve
};

}  // namespace davit::fs
