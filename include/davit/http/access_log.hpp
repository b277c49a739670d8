#pragma once
// One line a request.
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "davit/core/path_mapping.hpp"
#include "davit/engine/services.hpp"

namespace spdlog {
class logger;
}

namespace davit::http {

/// The failure a request ended with, or the first one inside its multistatus, with everything that hung on it.
struct FailureReport {
    engine::Refusal refusal;
    std::string href;       ///< of the resource that really failed, as clients see it
    PathMapping mapping{};  ///< from the refusal's paths to clients'
};

/// Text fields may hold anything a client sent; the log escapes control characters.
struct AccessRecord {
    std::string_view request_id;
    std::string_view method;
    std::string_view target;         ///< without the user and the values of the query that a URL may have
    std::string_view destination{};  ///< of a COPY or MOVE that failed
    std::string_view client;         ///< address of whoever asked
    std::string_view peer{};         ///< address of whoever held the connection, when that is somebody else
    std::string_view user_agent;
    std::string_view litmus{};  ///< X-Litmus: which of litmus' tests asks
    std::string_view principal;
    std::string_view trace_id;  ///< of traceparent, when one was sent
    std::string_view span_id;
    unsigned status = 0;
    std::uint64_t bytes_in = 0;   ///< of the body
    std::uint64_t bytes_out = 0;  ///< of the body
    std::chrono::microseconds duration{};
    bool complete = true;                            ///< false: the answer did not arrive whole
    std::shared_ptr<const FailureReport> failure{};  ///< observers may keep it
};

struct Traced;

/// What an operator did through the control socket: it concerns users, so it is always told.
struct OperatorAct {
    std::string_view what;  ///< "lock-broken", "trash-restored", "trash-discarded"
    std::string_view request_id;
    std::string_view by;  ///< who, as the system knows them: "uid=0 pid=123"
    std::vector<std::pair<std::string_view, std::string>> facts;
};

/// Receives every finished request, from any event loop. Must not block.
class RequestObserver {
public:
    virtual ~RequestObserver() = default;
    virtual void finished(const AccessRecord& record) = 0;
    virtual void acted(const OperatorAct& /*act*/) {}
    /// A request and its answer as they were on the wire, for log.level = "debug".
    virtual void traced(const Traced& /*traced*/) {}
    /// Something about the set-up that requests have shown and an operator should know. Told again and again; the log
    /// writes it once.
    virtual void advised(std::string_view /*sentence*/) {}
};

enum class LogFormat : std::uint8_t { text, json };

/// What has been said already; thread-safe. Sentences quote what clients wrote: of those that begin alike only some
/// are said, so that nobody can use up the room of the others.
class Said {
public:
    bool first_time(std::string_view sentence) {
        constexpr std::size_t most_alike = 10, beginning = 24;
        const std::lock_guard guard(mutex_);
        auto& alike = said_[std::string(sentence.substr(0, beginning))];
        return alike.size() < most_alike && alike.emplace(sentence).second;
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::set<std::string, std::less<>>> said_;
};

/// How a record's line is written, and which records are.
struct AccessLogOptions {
    LogFormat format = LogFormat::text;
    bool only_failures = false;  ///< requests that went well are left out
};
class AccessLog : public RequestObserver {
public:
    /// From any thread, while requests end.
    virtual void set(const AccessLogOptions& options) = 0;
};
/// One logger a format. JSON records are written without their opening brace: the logger's pattern supplies it together
/// with time and level.
struct LineLoggers {
    std::shared_ptr<spdlog::logger> text;
    std::shared_ptr<spdlog::logger> json;
    spdlog::logger& of(LogFormat format) const { return format == LogFormat::json ? *json : *text; }
};
/// Info for success and expected refusals, warning for 5xx, error where the disk failed.
enum class Severity : std::uint8_t { info, warning, error };
Severity severity_of(const AccessRecord& record);
/// Writes lines.
std::unique_ptr<AccessLog> make_access_log(LineLoggers loggers, const AccessLogOptions& options);
/// Formats one record as the log would; for tests.
std::string format_record(const AccessRecord& record, LogFormat format);
std::string format_act(const OperatorAct& act, LogFormat format);
/// The lines of a trace: one for each of its own as text, one object as JSON.
std::vector<std::string> format_trace(const Traced& traced, LogFormat format);

}  // namespace davit::http
