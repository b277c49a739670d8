#include "logging.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <stdexcept>

#include "journal.hpp"
#include "regular_file.hpp"

namespace davit::app {
namespace {

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)";

/// Standard error, or a file that can be opened again. A line is one write, so that lines of programs that share the
/// file do not mix.
class Output {
public:
    explicit Output(std::string file) : file_(std::move(file)) {
        if (const auto opened = open(); !opened) throw std::runtime_error(opened.error());
    }
    ~Output() { close(); }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void write(std::string_view line) {
        const std::lock_guard guard(mutex_);
        while (!line.empty()) {
            const auto written = ::write(fd_, line.data(), line.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return;  // nobody is left to be told
            line.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    std::expected<void, std::string> open() {
        if (file_.empty()) return {};
        const auto opened = open_log_file(file_);
        if (!opened) return std::unexpected(file_ + ": " + opened.error());
        const std::lock_guard guard(mutex_);
        close();
        fd_ = *opened;
        return {};
    }

private:
    void close() {
        if (fd_ != STDERR_FILENO) ::close(fd_);
    }

    std::string file_;
    std::mutex mutex_;
    int fd_ = STDERR_FILENO;
};

/// One format's way to the output.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit LineSink(std::shared_ptr<Output> output) : output_(std::move(output)) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        output_->write({line.data(), line.size()});
    }
    void flush_() override {}

    std::shared_ptr<Output> output_;
};

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, const char* pattern) {
    auto logger = std::make_shared<spdlog::logger>("davit", std::move(sink));
    logger->set_pattern(pattern, spdlog::pattern_time_type::utc);
    return logger;
}

std::string quoted(const std::string& message) {
    std::string out = "\"";
    for (const char c : message) {
        if (c == '"' || c == '\\') out += '\\';
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out + '"';
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
    if (level == LogLevel::error) return spdlog::level::err;
    return level == LogLevel::warning ? spdlog::level::warn : spdlog::level::info;
}

}  // namespace

struct Log::Impl {
    explicit Impl(const LogOptions& options)
        : journal(options.journal && has_journal()), output(std::make_shared<Output>(options.file)) {
        if (journal) {
            loggers.text = loggers.json = make_logger(make_journal_sink(), "%v");
            requests = make_journal_access_log(loggers.text);
        } else {
            loggers = {make_logger(std::make_shared<LineSink>(output), text_pattern),
                       make_logger(std::make_shared<LineSink>(output), json_pattern)};
            requests = http::make_access_log(loggers, {});
        }
        take(options);
    }

    void take(const LogOptions& options) {
        const auto level = spdlog::level::from_str(options.level);
        loggers.text->set_level(level);
        loggers.json->set_level(level);
        format = options.format;
        requests->set({options.format, !options.access});
    }

    void say(LogLevel level, const std::string& message) {
        if (journal || format.load() == http::LogFormat::text)
            loggers.text->log(to_spdlog(level), "{}", message);
        else
            loggers.json->log(to_spdlog(level), "\"message\":{}}}", quoted(message));
    }

    const bool journal;
    std::shared_ptr<Output> output;
    http::LineLoggers loggers;
    std::unique_ptr<http::AccessLog> requests;
    std::atomic<http::LogFormat> format;
};

Log::Log(const LogOptions& options) : impl_(std::make_unique<Impl>(options)) {
    if (options.journal && !impl_->journal)
        say(LogLevel::warning, "there is no journal (log.journal): lines go to standard error");
}

Log::~Log() = default;

void Log::say(LogLevel level, const std::string& message) {
    impl_->say(level, message);
}

http::RequestObserver& Log::requests() {
    return *impl_->requests;
}

void Log::take(const LogOptions& options) {
    impl_->take(options);
}

std::expected<void, std::string> Log::reopen() {
    return impl_->output->open();
}

}  // namespace davit::app
