#pragma once
// The targets of log lines.
#include <expected>
#include <memory>
#include <string>

#include "davit/app/configuration.hpp"

namespace davit::app {

enum class LogLevel : std::uint8_t { info, warning, error };

/// The server's messages, and a line for each request. Thread-safe.
class Log {
public:
    /// Throws std::runtime_error when the file cannot be opened.
    explicit Log(const LogOptions& options);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// From now on a separate thread writes, so no caller waits. Lines that it cannot write for long are dropped. Call
    /// it after the process is confined, because existing threads would stay unconfined.
    void begin_queue();
    /// The number of dropped lines.
    std::uint64_t dropped() const;

    void say(LogLevel level, const std::string& message);
    void info(const std::string& message) { say(LogLevel::info, message); }
    /// Receives every request.
    http::RequestObserver& requests();

    /// Applies level, format, and which requests get a line. Does not change the target.
    void take(const LogOptions& options);
    /// Reopens the file after log rotation; does nothing for other targets. On failure the old file stays in use.
    std::expected<void, std::string> reopen();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace davit::app
