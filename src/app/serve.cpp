#include "serve.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <system_error>

#include "control.hpp"
#include "core_dumps.hpp"
#include "davit/app/landlock.hpp"
#include "davit/http/control_client.hpp"
#include "folders.hpp"
#include "last_resort.hpp"
#include "logging.hpp"
#include "memory.hpp"
#include "service_manager.hpp"
#include "signals.hpp"

namespace davit::app {
namespace {

/// Each connection and each file needs a descriptor. The default of 1024 is for programs that use select(2).
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// The program that starts the server waits for these lines, so they come first and unbuffered.
void announce(const http::Server& server) {
    for (const auto& url : server.urls()) std::printf("listening on %s\n", url.c_str());
    for (const auto& url : server.management_urls()) std::printf("management on %s\n", url.c_str());
    std::fflush(stdout);
}

/// A process that ends must not wait for its last message, because the reader may have stopped.
int complain(const std::string& what, int exit_code = 1) {
    constexpr int patience_ms = 500;
    const auto line = "davit: " + what + "\n";
    pollfd room{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&room, 1, patience_ms) > 0) (void)!::write(STDERR_FILENO, line.data(), line.size());
    return exit_code;
}

/// Before the process is confined, because it cannot read /etc/group afterwards.
void set_socket_rights(http::ServerOptions& options) {
    std::optional<unsigned> group;
    if (!options.socket_group.empty()) {
        group = http::group_id(options.socket_group);
        if (!group) throw std::runtime_error("server.socket_group: there is no group " + options.socket_group);
    }
    for (auto* endpoints : {&options.endpoints, &options.tls.endpoints, &options.management})
        for (auto& endpoint : *endpoints)
            if (auto* local = std::get_if<http::UnixEndpoint>(&endpoint)) {
                local->mode = options.socket_mode;
                local->group = group;
            }
}

/// `tell` receives what the operator will miss.
http::ServerOptions server_options(const Configuration& configuration,
                                   const std::function<void(const std::string&)>& tell) {
    auto options = configuration.server;
    options.syncs = configuration.tree.durable;
    set_socket_rights(options);
    options.trace.to_log = configuration.log.level == "debug";
    options.control_socket = configuration.control_socket;
    if (configuration.control_socket != "auto") return options;
    options.control_socket.clear();
    if (!configuration.exports.empty()) return options;  // each directory has its own
    if (configuration.tree.read_only) return options;    // a read-only server creates no socket in the directory
    const auto path = default_control_socket(std::filesystem::canonical(configuration.tree.root).string());
    if (path.size() > http::longest_socket_path) {
        tell("no control socket: " + path + " is longer than the " + std::to_string(http::longest_socket_path) +
             " bytes its path may have; name a shorter one in server.control_socket");
        return options;
    }
    options.control_socket = path;
    options.control_optional = true;
    return options;
}

/// Before any other thread begins, because existing threads would stay unconfined.
void confine_process(const Configuration& configuration, const std::string& control_socket, Log& log) {
    if (configuration.landlock == Confinement::off) return;
    const auto version = confine(needed_reach(configuration, control_socket));
    if (version) return log.info("confined by landlock, version " + std::to_string(*version));
    if (configuration.landlock == Confinement::required)
        throw std::runtime_error("server.landlock is \"required\": " + version.error());
    log.info("not confined by landlock: " + version.error());
}

/// An event loop accepts the connection and responds. If there is no control socket, or its file was removed, no check
/// is possible, which is no reason to end the process.
bool answers(const std::string& control_socket, Log& log) {
    std::error_code error;
    if (control_socket.empty() || !std::filesystem::exists(control_socket, error)) return true;
    const auto answer = http::ask_control(control_socket, {.target = "/healthz"});
    if (!answer) log.say(LogLevel::error, "the watchdog is not notified: " + answer.error());
    return answer.has_value();
}

std::expected<void, std::string> reload_certificate(http::Server& server, Log& log) {
    const auto loaded = server.reload_certificate();
    if (!loaded) return std::unexpected(loaded.error());
    if (!loaded->empty()) log.info("certificate read again: " + *loaded);
    return {};
}

/// After the grace period requests are cancelled. This is for requests that cannot be cancelled.
constexpr std::chrono::milliseconds after_grace{1000};
/// The same after a second signal: closing connections and removing incomplete files takes a moment.
constexpr std::chrono::milliseconds after_breaking_off{3000};

std::string stopping_text(std::size_t running, std::chrono::milliseconds grace) {
    if (running == 0) return "stopping: no request runs";
    return "stopping: " + std::to_string(running) + (running == 1 ? " request runs" : " requests run") +
           " and may take " + duration_text(std::chrono::ceil<std::chrono::seconds>(grace)) +
           " (limits.shutdown_grace); a second signal ends at once";
}

void serve_folders(const Configuration& configuration, const Reread& reread, const Folders& folders, Signals& signals,
                   LastResort& last_resort) {
    Log log(configuration.log);
    const Tell tell = [&](const std::string& message) { log.info(message); };
    const Tell warn = [&](const std::string& message) { log.say(LogLevel::warning, message); };
    const auto options = server_options(configuration, tell);
    const auto of_nobody = names_of_nobody(configuration);  // reads files, so before the process is confined
    confine_process(configuration, options.control_socket, log);
    log.begin_queue();
    http::Server server(options, folders.services(), {&log.requests()});
    const auto care = folders.look_after(server, tell, warn);
    const HealthWatch health(
        folders.health_checks(), configuration.health_check,
        [&](bool unfit, const std::string& line) { log.say(unfit ? LogLevel::error : LogLevel::info, line); });
    server.set_vitals({[&] { return health.readiness(); }, [&] { return log.dropped(); }});
    const auto control_problem = server.control_problem();
    if (!control_problem.empty()) tell("no control socket: " + control_problem);
    server.set_rules(configuration.rules);
    if (!options.login.open())
        server.ask_for_login([&](const std::string& mistake) { log.say(LogLevel::warning, mistake); });
    const auto socket = configuration.exports.empty() ? options.control_socket : folders.control_socket();
    const auto asked = control_problem.empty() ? socket : std::string();
    Watchdog watchdog([&] { return answers(asked, log); });
    Reload reload(log);
    reload.add("the log file", [&] { return log.reopen(); });
    reload.add("the certificate", [&] { return reload_certificate(server, log); });
    if (reread) reload.add("the configuration", reload_configuration(reread, configuration, log, server));
    // A second signal during the shutdown must not reach a partly destroyed server.
    const Watch watch(&signals);
    signals.watch(
        [&] {
            tell_stopping();
            watchdog.rest();
            server.stop([&](std::size_t running) { tell(stopping_text(running, server.shutdown_grace())); });
            last_resort.begin(server.shutdown_grace() + after_grace);
        },
        [&] {
            tell("stopping at once: a second signal came");
            server.stop_now();
            last_resort.begin(after_breaking_off);
        },
        [&] { while_reloading([&] { reload.run(); }); });
    if (const auto certificate = server.certificate(); !certificate.empty()) tell("certificate: " + certificate);
    if (const auto most = server.max_connections(); most < options.limits.connections)
        tell("limits.connections is " + std::to_string(options.limits.connections) + ", but the open files allow " +
             std::to_string(most) + " connections: raise the hard limit (ulimit -Hn, LimitNOFILE)");
    for (const auto& line : folders.describe()) tell(line);
    for (const auto& line : warnings(configuration)) warn(with_place(configuration, line));
    for (const auto& line : of_nobody) warn(with_place(configuration, line));
    for (const auto& line : folders.nested()) log.say(LogLevel::warning, line);
    announce(server);
    tell_ready("Serving " + folders.names());
    server.run();
    tell("stopped");
}

}  // namespace

int serve(const Configuration& configuration, const Reread& reread) {
    if (configuration.core_dumps) allow_core_dumps();
    configure_allocator();
    Signals signals;
    raise_descriptor_limit();
    const store::SystemClock clock;
    LastResort last_resort;  // a directory may be what hangs
    const auto folders = Folders::open(configuration, clock);
    if (!folders) return complain(folders.error().text, folders.error().exit_code);
    try {
        serve_folders(configuration, reread, **folders, signals, last_resort);
    } catch (const std::runtime_error& error) {
        return complain(error.what());
    }
    return 0;
}

}  // namespace davit::app
