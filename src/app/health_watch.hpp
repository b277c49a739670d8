#pragma once
// Looks every few seconds whether the served folders can be worked with.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "davit/fs/health.hpp"
#include "davit/http/vitals.hpp"

namespace davit::app {

class HealthWatch {
public:
    struct Folder {
        std::string name;
        std::shared_ptr<const fs::HealthCheck> check;
    };
    /// `tell` gets a line when a folder becomes unfit (true) and when it is well again (false). It is not called once
    /// the destructor has begun.
    using Tell = std::function<void(bool unfit, const std::string& line)>;

    /// Makes the first round itself. A period of zero: there is no other one, and no thread.
    HealthWatch(std::vector<Folder> folders, std::chrono::seconds period, Tell tell);
    /// Does not wait long for a check whose disk does not answer.
    ~HealthWatch();
    HealthWatch(const HealthWatch&) = delete;
    HealthWatch& operator=(const HealthWatch&) = delete;

    /// Not ready when the last result is bad, or older than three periods. From any thread; waits for no disk.
    http::Readiness readiness() const;

private:
    struct State;
    std::shared_ptr<State> state_;  ///< the thread's too: a disk may keep it when the watch ends
};

}  // namespace davit::app
