#pragma once
// The log: one line for each request.
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

/// The failure that ended a request, or the first one in its multistatus, with its dependents.
struct FailureReport {
    engine::Refusal refusal;
    std::string href;       ///< of the resource that failed, as clients see it
    PathMapping mapping{};  ///< from the refusal's paths to clients'
};

/// The facts of a finished request. Text fields may hold any bytes that a client sent; the log escapes control
/// characters.
struct AccessRecord {
    std::string_view request_id;
    std::string_view method;
    std::string_view target;         ///< without the user and the values of the query that a URL may have
    std::string_view destination{};  ///< of a COPY or MOVE that failed
    std::string_view client;         ///< address of the client
    std::string_view peer{};         ///< address of the connection's peer, if it differs from `client`
    std::string_view user_agent;
    std::string_view litmus{};  ///< X-Litmus: the name of the litmus test
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

/// An operator's act through the control socket. It concerns users, so it is logged at every level.
struct OperatorAct {
    std::string_view what;  ///< "lock-broken", "trash-restored", "trash-discarded"
    std::string_view request_id;
    std::string_view by;  ///< the operator's process, as the kernel knows it: "uid=0 pid=123"
    std::vector<std::pair<std::string_view, std::string>> facts;
};

/// Receives every finished request, on the thread of its event loop. Must not block.
class RequestObserver {
public:
    virtual ~RequestObserver() = default;
    virtual void finished(const AccessRecord& record) = 0;
    virtual void acted(const OperatorAct& /*act*/) {}
    /// A request and its answer as they were on the wire, for log.level = "debug".
    virtual void traced(const Traced& /*traced*/) {}
    /// A sentence about the configuration that requests have shown and an operator should know. May be called many
    /// times with the same sentence; the log writes it once.
    virtual void advised(std::string_view /*sentence*/) {}
};

enum class LogFormat : std::uint8_t { text, json };

/// The sentences that were logged already; thread-safe. Sentences quote what clients wrote: of those with the same
/// beginning only some are logged, so that a client cannot use up the room of other sentences.
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

/// The format of the lines, and which records get one.
struct AccessLogOptions {
    LogFormat format = LogFormat::text;
    bool only_failures = false;  ///< only failed requests get a line
};
class AccessLog : public RequestObserver {
public:
    /// May be called from any thread, while requests end.
    virtual void set(const AccessLogOptions& options) = 0;
};
/// One logger a format. JSON records are written without their opening brace: the logger's pattern supplies it together
/// with time and level.
struct LineLoggers {
    std::shared_ptr<spdlog::logger> text;
    std::shared_ptr<spdlog::logger> json;
    spdlog::logger& of(LogFormat format) const { return format == LogFormat::json ? *json : *text; }
};
/// The level: info for success and expected refusals, warning for 5xx, error for failures of the disk.
enum class Severity : std::uint8_t { info, warning, error };
Severity severity_of(const AccessRecord& record);
/// Writes lines.
std::unique_ptr<AccessLog> make_access_log(LineLoggers loggers, const AccessLogOptions& options);
/// Formats one record as the log does; for tests.
std::string format_record(const AccessRecord& record, LogFormat format);
std::string format_act(const OperatorAct& act, LogFormat format);
/// The lines of a trace: one for each line as text, one object as JSON.
std::vector<std::string> format_trace(const Traced& traced, LogFormat format);

}  // namespace davit::http
