#include "davit/http/access_log.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <ranges>

#include "davit/core/printable.hpp"
#include "davit/http/problem_json.hpp"
#include "davit/http/wire_trace.hpp"

namespace davit::http {
namespace {

/// Without quotes and backslashes too: a log line stays one line of the same words whatever a client sends.
std::string escaped(std::string_view text) {
    return printable(text, "\"\\");
}

constexpr std::size_t longest_agent = 256;

/// JSON strings must be UTF-8: other bytes are escaped too.
std::string json_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

std::string clark(const PropertyName& name) {
    return "{" + name.ns + "}" + name.local;
}

std::string rule_text(const DecidingRule& rule) {
    if (rule.file.empty() && rule.path.empty())
        return fmt::format(" rule=none rule.at=\"{}\" rule.right={}", escaped(rule.at), name(rule.right));
    return fmt::format(" rule=\"{}:{}\" rule.path=\"{}\" rule.at=\"{}\" rule.right={}", escaped(rule.file), rule.line,
                       escaped(rule.path), escaped(rule.at), name(rule.right));
}

/// "{DAV:}getetag protected-property, {DAV:}x protected-property, and 3 more"
std::string also_text(const std::vector<WouldFail>& also) {
    constexpr std::size_t most = 10;
    std::string text;
    for (const auto& other : also | std::views::take(most))
        ((text += text.empty() ? "" : ", ") += clark(other.property) + " ") += name(other.code);
    if (also.size() > most) text += fmt::format(", and {} more", also.size() - most);
    return text;
}

std::string as_text(const AccessRecord& record) {
    auto line = fmt::format("{} {} \"{}\" {} out={} in={} us={} client={}", record.request_id, escaped(record.method),
                            escaped(record.target), record.status, record.bytes_out, record.bytes_in,
                            record.duration.count(), record.client);
    if (!record.peer.empty()) line += fmt::format(" peer={}", record.peer);
    if (!record.principal.empty()) line += fmt::format(" user=\"{}\"", escaped(record.principal));
    if (!record.user_agent.empty())
        line += fmt::format(" agent=\"{}\"", escaped(record.user_agent.substr(0, longest_agent)));
    if (!record.litmus.empty()) line += fmt::format(" litmus=\"{}\"", escaped(record.litmus.substr(0, longest_agent)));
    if (!record.trace_id.empty())
        line += fmt::format(" trace={} span={}", escaped(record.trace_id), escaped(record.span_id));
    if (!record.complete) line += " incomplete";
    if (const auto* first = record.failure.get()) {
        const auto& failure = first->refusal.failure;
        if (!record.destination.empty()) line += fmt::format(" destination=\"{}\"", escaped(record.destination));
        line += fmt::format(" first_failure.href=\"{}\" first_failure.status={} first_failure.code={}",
                            escaped(first->href), number(failure.status()), name(failure.code));
        if (first->refusal.property)
            line += fmt::format(" first_failure.property=\"{}\"", escaped(clark(*first->refusal.property)));
        if (failure.system)
            line += fmt::format(" first_failure.errno={} first_failure.syscall={}", failure.system->number,
                                failure.system->call);
        if (failure.facts.rule) line += rule_text(*failure.facts.rule);
        if (!failure.facts.also.empty()) line += fmt::format(" also=\"{}\"", escaped(also_text(failure.facts.also)));
        line += fmt::format(" dependents={} why=\"{}\"", first->refusal.dependents, escaped(failure.sentence));
    }
    return line;
}

std::string as_json(const AccessRecord& record) {
    boost::json::object line{{"request_id", json_text(record.request_id)},
                             {"method", json_text(record.method)},
                             {"path", json_text(record.target)},
                             {"status", record.status},
                             {"bytes_out", record.bytes_out},
                             {"bytes_in", record.bytes_in},
                             {"duration_us", record.duration.count()},
                             {"client", json_text(record.client)},
                             {"user_agent", json_text(record.user_agent)}};
    if (!record.litmus.empty()) line["litmus"] = json_text(record.litmus);
    if (!record.destination.empty()) line["destination"] = json_text(record.destination);
    if (!record.peer.empty()) line["peer"] = json_text(record.peer);
    if (!record.principal.empty()) line["user"] = json_text(record.principal);
    if (!record.trace_id.empty()) {
        line["trace_id"] = json_text(record.trace_id);
        line["span_id"] = json_text(record.span_id);
    }
    if (!record.complete) line["incomplete"] = true;
    if (const auto* first = record.failure.get()) {
        const auto& failure = first->refusal.failure;
        boost::json::object cause{{"href", json_text(first->href)},
                                  {"status", number(failure.status())},
                                  {"code", std::string(name(failure.code))},
                                  {"sentence", json_text(failure.sentence)}};
        if (first->refusal.property) cause["property"] = json_text(clark(*first->refusal.property));
        if (failure.system) {
            cause["errno"] = failure.system->number;
            cause["syscall"] = failure.system->call;
        }
        if (failure.facts.rule) cause["rule"] = describe_rule(*failure.facts.rule);
        if (!failure.facts.also.empty()) cause["also"] = json_text(also_text(failure.facts.also));
        line["first_failure"] = std::move(cause);
        line["dependents"] = first->refusal.dependents;
    }
    return boost::json::serialize(line);
}

spdlog::level::level_enum level_of(Severity severity) {
    if (severity == Severity::error) return spdlog::level::err;
    return severity == Severity::warning ? spdlog::level::warn : spdlog::level::info;
}

class LineAccessLog final : public AccessLog {
public:
    LineAccessLog(LineLoggers loggers, const AccessLogOptions& options) : loggers_(std::move(loggers)) { set(options); }

    void set(const AccessLogOptions& options) override {
        format_.store(options.format, std::memory_order_relaxed);
        only_failures_.store(options.only_failures, std::memory_order_relaxed);
    }

    void finished(const AccessRecord& record) override {
        if (!record.failure && record.status < 400 && only_failures_.load(std::memory_order_relaxed)) return;
        const auto level = level_of(severity_of(record));
        const auto format = format_.load(std::memory_order_relaxed);
        if (loggers_.of(format).should_log(level)) write(level, format, format_record(record, format));
    }

    void acted(const OperatorAct& act) override {
        const auto format = format_.load(std::memory_order_relaxed);
        write(spdlog::level::warn, format, format_act(act, format));
    }

    void traced(const Traced& traced) override {
        const auto format = format_.load(std::memory_order_relaxed);
        for (const auto& line : format_trace(traced, format)) write(spdlog::level::debug, format, line);
    }

    void advised(std::string_view sentence) override {
        if (!said_.first_time(sentence)) return;
        const auto format = format_.load(std::memory_order_relaxed);
        if (format == LogFormat::text) return write(spdlog::level::warn, format, sentence);
        write(spdlog::level::warn, format,
              boost::json::serialize(boost::json::object{{"message", json_text(sentence)}}));
    }

private:
    void write(spdlog::level::level_enum level, LogFormat format, std::string_view line) {
        // The logger's pattern opens the object, with time and level in it.
        if (format == LogFormat::json) line.remove_prefix(1);
        loggers_.of(format).log(level, "{}", line);
    }

    LineLoggers loggers_;
    std::atomic<LogFormat> format_;
    std::atomic<bool> only_failures_;
    Said said_;
};

}  // namespace

Severity severity_of(const AccessRecord& record) {
    const auto code = record.failure ? record.failure->refusal.failure.code : FailureCode::not_found;
    if (is_disk_fault(code)) return Severity::error;
    return record.status >= 500 && !is_of_client(code) ? Severity::warning : Severity::info;
}

std::string format_record(const AccessRecord& record, LogFormat format) {
    return format == LogFormat::json ? as_json(record) : as_text(record);
}

std::string format_act(const OperatorAct& act, LogFormat format) {
    if (format == LogFormat::json) {
        boost::json::object line{
            {"request_id", json_text(act.request_id)}, {"act", act.what}, {"by", json_text(act.by)}};
        for (const auto& [name, value] : act.facts) line[name] = json_text(value);
        return boost::json::serialize(line);
    }
    auto line = fmt::format("{} {} by=\"{}\"", escaped(act.request_id), act.what, escaped(act.by));
    for (const auto& [name, value] : act.facts) line += fmt::format(" {}=\"{}\"", name, escaped(value));
    return line;
}

std::vector<std::string> format_trace(const Traced& traced, LogFormat format) {
    std::vector<std::string> lines;
    if (format == LogFormat::json) {
        boost::json::array wire;
        for (const auto& line : traced.lines) wire.emplace_back(json_text(line));
        lines.push_back(boost::json::serialize(
            boost::json::object{{"request_id", json_text(traced.request_id)}, {"wire", std::move(wire)}}));
        return lines;
    }
    for (const auto& line : traced.lines) lines.push_back(escaped(traced.request_id) + " " + line);
    return lines;
}

std::unique_ptr<AccessLog> make_access_log(LineLoggers loggers, const AccessLogOptions& options) {
    return std::make_unique<LineAccessLog>(std::move(loggers), options);
}

}  // namespace davit::http
