#include "logging.hpp"

#include <poll.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <mutex>
#include <stdexcept>

#include "journal.hpp"
#include "log_queue.hpp"
#include "regular_file.hpp"

namespace davit::app {
namespace {

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)";

/// Standard error, or a file that can be reopened. Each write consists of complete lines and, unless one line is
/// longer, fits a pipe's atomic size, so lines of programs that share the pipe do not mix.
class Output final : public LogTarget {
public:
    explicit Output(std::string file) : file_(std::move(file)) {
        if (const auto opened = open(); !opened) throw std::runtime_error(opened.error());
    }
    ~Output() override {
        put(-1);
        close();
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void write(std::string_view lines) override {
        if (const int fresh = next_.exchange(-1); fresh >= 0) {
            close();
            fd_ = fresh;
        }
        while (!lines.empty()) {
            const auto part = first_lines(lines);
            write_all(part);
            count_progress();
            lines.remove_prefix(part.size());
        }
    }

    std::string dropped(std::uint64_t count) override {
        auto text = std::to_string(count) + " log lines were dropped: the log's reader did not take them";
        const bool json = format_ == http::LogFormat::json;
        if (json) text = "\"message\":\"" + text + "\"}";
        spdlog::pattern_formatter formatter(json ? json_pattern : text_pattern, spdlog::pattern_time_type::utc);
        spdlog::memory_buf_t line;
        formatter.format({"davit", spdlog::level::warn, text}, line);
        return {line.data(), line.size()};
    }

    void set_format(http::LogFormat format) { format_ = format; }

    /// Later lines go to the file that has the name now.
    std::expected<void, std::string> open() {
        if (file_.empty()) return {};
        const auto opened = open_log_file(file_);
        if (!opened) return std::unexpected(file_ + ": " + opened.error());
        put(*opened);
        return {};
    }

private:
    static std::string_view first_lines(std::string_view lines) {
        const auto end = lines.substr(0, PIPE_BUF).rfind('\n');
        return lines.substr(0, (end == std::string_view::npos ? lines.find('\n') : end) + 1);
    }

    void write_all(std::string_view text) const {
        while (!text.empty()) {
            const auto written = ::write(fd_, text.data(), text.size());
            if (written < 0 && errno == EAGAIN) {
                pollfd room{fd_, POLLOUT, 0};
                ::poll(&room, 1, -1);
                continue;
            }
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return;  // the pipe has no reader
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    void put(int fresh) {
        if (const int unused = next_.exchange(fresh); unused >= 0) ::close(unused);
    }
    void close() const {
        if (fd_ != STDERR_FILENO) ::close(fd_);
    }

    std::string file_;
    std::atomic<http::LogFormat> format_ = http::LogFormat::text;
    std::atomic<int> next_ = -1;  ///< opened, and not yet written to
    int fd_ = STDERR_FILENO;
};

/// Passes the lines of one format to the queue.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit LineSink(std::shared_ptr<LogQueue> queue) : queue_(std::move(queue)) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        queue_->push({line.data(), line.size()});
    }
    void flush_() override {}

    std::shared_ptr<LogQueue> queue_;
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
        : journal(options.journal && has_journal()),
          output(std::make_shared<Output>(options.file)),
          queue(std::make_shared<LogQueue>(journal ? make_journal_target() : output)) {
        if (journal) {
            loggers.text = loggers.json = make_logger(make_journal_sink(queue), "%v");
            requests = make_journal_access_log(loggers.text, queue);
        } else {
            loggers = {make_logger(std::make_shared<LineSink>(queue), text_pattern),
                       make_logger(std::make_shared<LineSink>(queue), json_pattern)};
            requests = http::make_access_log(loggers, {});
        }
        take(options);
    }

    void take(const LogOptions& options) {
        const auto level = spdlog::level::from_str(options.level);
        loggers.text->set_level(level);
        loggers.json->set_level(level);
        format = options.format;
        output->set_format(options.format);
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
    std::shared_ptr<LogQueue> queue;
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
    auto opened = impl_->output->open();
    if (opened && !impl_->journal) impl_->queue->wake();
    return opened;
}

void Log::begin_queue() {
    impl_->queue->begin();
}

std::uint64_t Log::dropped() const {
    return impl_->queue->dropped();
}

}  // namespace davit::app
