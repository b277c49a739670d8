#include "journal.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <syslog.h>

#include <atomic>
#include <string>
#include <vector>

#define SD_JOURNAL_SUPPRESS_LOCATION  // a place in this file tells nobody anything
#include <systemd/sd-journal.h>

namespace davit::app {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";

class Entry {
public:
    Entry(int priority, std::string_view message) {
        add("MESSAGE", message);
        add("PRIORITY", std::to_string(priority));
        add("SYSLOG_IDENTIFIER", "davit");
    }
    void add(std::string_view name, std::string_view value) {
        if (!value.empty()) fields_.push_back(std::string(name).append("=").append(value));
    }
    /// From any thread; nobody could be told that it went wrong.
    void send() const {
        std::vector<iovec> pieces;
        pieces.reserve(fields_.size());
        for (const auto& field : fields_) pieces.push_back({const_cast<char*>(field.data()), field.size()});
        (void)::sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size()));
    }

private:
    std::vector<std::string> fields_;
};

int priority_of(spdlog::level::level_enum level) {
    if (level >= spdlog::level::err) return LOG_ERR;
    if (level == spdlog::level::warn) return LOG_WARNING;
    return level == spdlog::level::info ? LOG_INFO : LOG_DEBUG;
}

/// Its function of libsystemd may be called by many threads at once.
class JournalSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
    void sink_it_(const spdlog::details::log_msg& message) override {
        Entry(priority_of(message.level), {message.payload.data(), message.payload.size()}).send();
    }
    void flush_() override {}
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
    explicit JournalAccessLog(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}

    void set(const http::AccessLogOptions& options) override {
        format_.store(options.format, std::memory_order_relaxed);
        only_failures_.store(options.only_failures, std::memory_order_relaxed);
    }

    void finished(const http::AccessRecord& record) override {
        if (!record.failure && record.status < 400 && only_failures_.load(std::memory_order_relaxed)) return;
        const auto level = record.status >= 500 ? spdlog::level::warn : spdlog::level::info;
        if (!logger_->should_log(level)) return;
        Entry entry(priority_of(level), http::format_record(record, format_.load(std::memory_order_relaxed)));
        entry.add("DAVIT_REQUEST_ID", record.request_id);
        entry.add("DAVIT_METHOD", record.method);
        entry.add("DAVIT_TARGET", record.target);
        entry.add("DAVIT_STATUS", std::to_string(record.status));
        entry.add("DAVIT_CLIENT", record.client);
        entry.add("DAVIT_USER", record.principal);
        entry.add("DAVIT_USER_AGENT", record.user_agent);
        entry.add("DAVIT_TRACE_ID", record.trace_id);
        entry.add("DAVIT_DURATION_USEC", std::to_string(record.duration.count()));
        entry.add("DAVIT_BYTES_IN", std::to_string(record.bytes_in));
        entry.add("DAVIT_BYTES_OUT", std::to_string(record.bytes_out));
        if (record.failure) add_failure(entry, *record.failure);
        entry.send();
    }

    void acted(const http::OperatorAct& act) override {
        Entry entry(LOG_WARNING, http::format_act(act, format_.load(std::memory_order_relaxed)));
        entry.add("DAVIT_REQUEST_ID", act.request_id);
        entry.add("DAVIT_ACT", act.what);
        entry.add("DAVIT_BY", act.by);
        entry.send();
    }

    void advised(std::string_view sentence) override {
        if (said_.first_time(sentence)) Entry(LOG_WARNING, sentence).send();
    }

private:
    http::Said said_;
    std::shared_ptr<spdlog::logger> logger_;
    std::atomic<http::LogFormat> format_ = http::LogFormat::text;
    std::atomic<bool> only_failures_ = false;
};

}  // namespace

bool has_journal() {
    struct stat status{};
    return ::stat(journal_socket, &status) == 0 && S_ISSOCK(status.st_mode);
}

spdlog::sink_ptr make_journal_sink() {
    return std::make_shared<JournalSink>();
}

std::unique_ptr<http::AccessLog> make_journal_access_log(std::shared_ptr<spdlog::logger> logger) {
    return std::make_unique<JournalAccessLog>(std::move(logger));
}

}  // namespace davit::app
