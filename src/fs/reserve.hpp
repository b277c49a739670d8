#pragma once
// Disk space reserved for a full disk: operations that free space (DELETE, UNLOCK, emptying the trash) must first write
// a little.
#include <atomic>
#include <cstdint>

namespace davit::fs {

/// Thread-safe. A file of 1 MiB in the state directory.
class Reserve {
public:
    /// Borrows `folder`. Creates the file when it is missing and the file system has enough space.
    void begin(int folder);
    /// Removes the file. Returns true when it existed: the disk has space now.
    bool give_up();
    /// Creates the file again when there is enough space. Called every few seconds; cheap while the file exists.
    void restore();

private:
    int folder_ = -1;
    std::atomic<bool> there_{false};
};

}  // namespace davit::fs
