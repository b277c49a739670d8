#pragma once
// Room on the disk that is kept for when it is full: what gives room back (DELETE, UNLOCK, emptying the trash) has to
// write a little first.
#include <atomic>
#include <cstdint>

namespace davit::fs {

/// Thread-safe. A file of 1 MiB in the state folder.
class Reserve {
public:
    /// Borrows `folder`. Makes the file when it is missing and the file system has room to spare.
    void begin(int folder);
    /// Removes the file. True when there was one: the disk has room now.
    bool give_up();
    /// Makes it again when there is room to spare. Called every few seconds; costs nothing while the file is there.
    void restore();

private:
    int folder_ = -1;
    std::atomic<bool> there_{false};
};

}  // namespace davit::fs
