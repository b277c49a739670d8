#pragma once
// Checks every few seconds that the served directories are usable.
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
    /// `tell` receives a line when a directory becomes unusable (true) and when it recovers (false). No call happens
    /// after the destructor has begun.
    using Tell = std::function<void(bool unfit, const std::string& line)>;

    /// Runs the first round inline. With a period of zero there are no further rounds and no thread.
    HealthWatch(std::vector<Folder> folders, std::chrono::seconds period, Tell tell);
    /// Does not wait long for a check whose disk does not respond.
    ~HealthWatch();
    HealthWatch(const HealthWatch&) = delete;
    HealthWatch& operator=(const HealthWatch&) = delete;

    /// Not ready when the last result is bad or older than three periods. Thread-safe; does not access a disk.
    http::Readiness readiness() const;

private:
    struct State;
    std::shared_ptr<State> state_;  ///< shared with the thread, which a disk may block when the watch ends
};

}  // namespace davit::app
