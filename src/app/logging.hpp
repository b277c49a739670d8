#pragma once
// Where log lines go.
#include <expected>
#include <memory>
#include <string>

#include "davit/app/configuration.hpp"

namespace davit::app {

enum class LogLevel : std::uint8_t { info, warning, error };

/// What the server says, and a line for every request. From any thread.
class Log {
public:
    /// Throws std::runtime_error when the file cannot be opened.
    explicit Log(const LogOptions& options);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// From now on nobody waits for a line to be written: a thread of its own writes. What it cannot write for long is
    /// dropped. After the process has been confined, since threads that exist by then stay free.
    void begin_queue();
    /// How many lines were dropped so far.
    std::uint64_t dropped() const;

    void say(LogLevel level, const std::string& message);
    void info(const std::string& message) { say(LogLevel::info, message); }
    /// Told of every request.
    http::RequestObserver& requests();

    /// Level, format, and which requests get a line. Where lines go stays as it was.
    void take(const LogOptions& options);
    /// After log rotation: opens the file again; nothing for other targets. A failure leaves the old file in use.
    std::expected<void, std::string> reopen();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace davit::app
