#include "logging.hpp"

#include <spdlog/details/file_helper.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <mutex>

namespace davit::app {
namespace {

/// spdlog's basic_file_sink cannot open its file a second time in this version.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit FileSink(const std::string& name) { file_.open(name); }
    void say(spdlog::logger& logger, http::LogFormat format, spdlog::level::level_enum level,
             const std::string& message) {
        if (format == http::LogFormat::text) return logger.log(level, "{}", message);
        std::string quoted;
        for (const char c : message) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
        logger.log(level, "\"message\":\"{}\"}}", quoted);
    }

    void reopen() {
        const std::lock_guard guard(mutex_);
        file_.reopen(false);
    }

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        file_.write(line);
        file_.flush();
    }
    void flush_() override { file_.flush(); }

    spdlog::details::file_helper file_;
};

}  // namespace

std::shared_ptr<spdlog::logger> make_logger(const LogOptions& options) {
    spdlog::sink_ptr sink;
    if (options.file.empty())
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
        sink = std::make_shared<FileSink>(options.file);
    auto logger = std::make_shared<spdlog::logger>("davit", std::move(sink));
    const bool json = options.format == http::LogFormat::json;
    logger->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                        spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::from_str(options.level));
    return logger;
}

void say(spdlog::logger& logger, http::LogFormat format, spdlog::level::level_enum level, const std::string& message) {
    if (format == http::LogFormat::text) return logger.log(level, "{}", message);
    std::string quoted;
    for (const char c : message) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    logger.log(level, "\"message\":\"{}\"}}", quoted);
}

void reopen(spdlog::logger& logger) {
    for (const auto& sink : logger.sinks())
        if (auto* file = dynamic_cast<FileSink*>(sink.get())) file->reopen();
}

}  // namespace davit::app
