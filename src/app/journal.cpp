#include "journal.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <syslog.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#define SD_JOURNAL_SUPPRESS_LOCATION  // a position in this file helps no reader
#include <systemd/sd-journal.h>

#include "davit/http/wire_trace.hpp"

namespace davit::app {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";

void append_size(std::string& out, std::size_t size) {
    const auto number = static_cast<std::uint32_t>(size);
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::uint32_t take_size(std::string_view& text) {
    std::uint32_t number = 0;
    std::memcpy(&number, text.data(), sizeof number);
    text.remove_prefix(sizeof number);
    return number;
}

/// The format in the queue: the total length, then each field after its length.
class Entry {
public:
    Entry(int priority, std::string_view message) : bytes_(sizeof(std::uint32_t), '\0') {
        add("MESSAGE", message);
        add("PRIORITY", std::to_string(priority));
        add("SYSLOG_IDENTIFIER", "davit");
    }
    void add(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        append_size(bytes_, name.size() + 1 + value.size());
        ((bytes_ += name) += '=') += value;
    }
    std::string take() {
        const auto size = static_cast<std::uint32_t>(bytes_.size() - sizeof(std::uint32_t));
        std::memcpy(bytes_.data(), &size, sizeof size);
        return std::move(bytes_);
    }

private:
    std::string bytes_;
};

/// Failures to send are not reported: there is no other place to report them to.
class JournalTarget final : public LogTarget {
public:
    void write(std::string_view entries) override {
        while (!entries.empty()) {
            const auto size = take_size(entries);
            send(entries.substr(0, size));
            count_progress();
            entries.remove_prefix(size);
        }
    }
    std::string dropped(std::uint64_t count) override {
        return Entry(LOG_WARNING, std::to_string(count) + " log lines were dropped: the journal did not take them")
            .take();
    }

private:
    static void send(std::string_view fields) {
        std::vector<iovec> pieces;
        while (!fields.empty()) {
            const auto size = take_size(fields);
            pieces.push_back({const_cast<char*>(fields.data()), size});
            fields.remove_prefix(size);
        }
        (void)::sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size()));
    }
};

int priority_of(spdlog::level::level_enum level) {
    if (level >= spdlog::level::err) return LOG_ERR;
    if (level == spdlog::level::warn) return LOG_WARNING;
    return level == spdlog::level::info ? LOG_INFO : LOG_DEBUG;
}

spdlog::level::level_enum level_of(http::Severity severity) {
    if (severity == http::Severity::error) return spdlog::level::err;
    return severity == http::Severity::warning ? spdlog::level::warn : spdlog::level::info;
}

class JournalSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    explicit JournalSink(std::shared_ptr<LogQueue> queue) : queue_(std::move(queue)) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        queue_->push(Entry(priority_of(message.level), {message.payload.data(), message.payload.size()}).take());
    }
    void flush_() override {}

    std::shared_ptr<LogQueue> queue_;
};

void add_failure(Entry& entry, const http::FailureReport& report) {
    const auto& failure = report.refusal.failure;
    entry.add("DAVIT_CODE", name(failure.code));
    entry.add("DAVIT_CAUSE_STATUS", std::to_string(number(failure.status())));
    entry.add("DAVIT_CAUSE_HREF", report.href);
    entry.add("DAVIT_DEPENDENTS", std::to_string(report.refusal.dependents));
    if (failure.system) {
        entry.add("ERRNO", std::to_string(failure.system->number));
        entry.add("DAVIT_SYSCALL", failure.system->call);
    }
}

class JournalAccessLog final : public http::AccessLog {
public:
    JournalAccessLog(std::shared_ptr<spdlog::logger> logger, std::shared_ptr<LogQueue> queue)
        : logger_(std::move(logger)), queue_(std::move(queue)) {}

    void set(const http::AccessLogOptions& options) override {
        format_.store(options.format, std::memory_order_relaxed);
        only_failures_.store(options.only_failures, std::memory_order_relaxed);
    }

    void finished(const http::AccessRecord& record) override {
        if (!record.failure && record.status < 400 && only_failures_.load(std::memory_order_relaxed)) return;
        const auto level = level_of(http::severity_of(record));
        if (!logger_->should_log(level)) return;
        Entry entry(priority_of(level), http::format_record(record, format_.load(std::memory_order_relaxed)));
        entry.add("DAVIT_REQUEST_ID", record.request_id);
        entry.add("DAVIT_METHOD", record.method);
        entry.add("DAVIT_TARGET", record.target);
        entry.add("DAVIT_STATUS", std::to_string(record.status));
        entry.add("DAVIT_CLIENT", record.client);
        entry.add("DAVIT_USER", record.principal);
        entry.add("DAVIT_USER_AGENT", record.user_agent);
        entry.add("DAVIT_LITMUS", record.litmus);
        entry.add("DAVIT_TRACE_ID", record.trace_id);
        entry.add("DAVIT_DURATION_USEC", std::to_string(record.duration.count()));
        entry.add("DAVIT_BYTES_IN", std::to_string(record.bytes_in));
        entry.add("DAVIT_BYTES_OUT", std::to_string(record.bytes_out));
        if (record.failure) add_failure(entry, *record.failure);
        queue_->push(entry.take());
    }

    void acted(const http::OperatorAct& act) override {
        Entry entry(LOG_WARNING, http::format_act(act, format_.load(std::memory_order_relaxed)));
        entry.add("DAVIT_REQUEST_ID", act.request_id);
        entry.add("DAVIT_ACT", act.what);
        entry.add("DAVIT_BY", act.by);
        queue_->push(entry.take());
    }

    /// Entries of the journal may have many lines.
    void traced(const http::Traced& traced) override {
        if (!logger_->should_log(spdlog::level::debug)) return;
        std::string text;
        for (const auto& line : traced.lines) (text += text.empty() ? "" : "\n") += line;
        Entry entry(LOG_DEBUG, text);
        entry.add("DAVIT_REQUEST_ID", traced.request_id);
        queue_->push(entry.take());
    }

    void advised(std::string_view sentence) override {
        if (said_.first_time(sentence)) queue_->push(Entry(LOG_WARNING, sentence).take());
    }

private:
    http::Said said_;
    std::shared_ptr<spdlog::logger> logger_;
    std::shared_ptr<LogQueue> queue_;
    std::atomic<http::LogFormat> format_ = http::LogFormat::text;
    std::atomic<bool> only_failures_ = false;
};

}  // namespace

bool has_journal() {
    struct stat status{};
    return ::stat(journal_socket, &status) == 0 && S_ISSOCK(status.st_mode);
}

std::shared_ptr<LogTarget> make_journal_target() {
    return std::make_shared<JournalTarget>();
}

spdlog::sink_ptr make_journal_sink(std::shared_ptr<LogQueue> queue) {
    return std::make_shared<JournalSink>(std::move(queue));
}

std::unique_ptr<http::AccessLog> make_journal_access_log(std::shared_ptr<spdlog::logger> logger,
                                                         std::shared_ptr<LogQueue> queue) {
    return std::make_unique<JournalAccessLog>(std::move(logger), std::move(queue));
}

}  // namespace davit::app
