#pragma once
// A shared mutex for critical sections that are shorter than putting a thread to sleep and waking it.
#include <shared_mutex>

namespace davit::fs {

/// Tries for about a microsecond before the thread sleeps.
class PatientMutex {
public:
    void lock() {
        for (int i = 0; i < tries; ++i)
            if (mutex_.try_lock()) return;
        mutex_.lock();
    }
    void lock_shared() {
        for (int i = 0; i < tries; ++i)
            if (mutex_.try_lock_shared()) return;
        mutex_.lock_shared();
    }
    void unlock() { mutex_.unlock(); }
    void unlock_shared() { mutex_.unlock_shared(); }

private:
    static constexpr int tries = 200;
    std::shared_mutex mutex_;
};

}  // namespace davit::fs
