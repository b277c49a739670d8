#include "davit/app/program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>

#include "core_dumps.hpp"
#include "davit/app/configuration.hpp"
#include "davit/core/printable.hpp"
#include "doctor_command.hpp"
#include "explain_command.hpp"
#include "failures_command.hpp"
#include "fsck_command.hpp"
#include "locks_command.hpp"
#include "serve.hpp"
#include "service_manager.hpp"
#include "trace_command.hpp"
#include "trash_command.hpp"
#include "usage.hpp"
#include "user_command.hpp"
#include "why_command.hpp"

namespace davit::app {
namespace {

constexpr int usage_mistake = 2;
constexpr const char* default_endpoint = "127.0.0.1:8080";

struct ServeArguments {
    std::string root;
    std::string config;
    std::vector<std::string> listen;
    bool read_only = false;
    bool allow_unauthenticated = false;
};

/// Otherwise the first opened files would get these numbers, and messages for people would be written into them.
void fill_standard_descriptors() {
    for (int wanted = STDIN_FILENO; wanted <= STDERR_FILENO; ++wanted)
        if (::fcntl(wanted, F_GETFD) < 0) (void)::open("/dev/null", O_RDWR);
}

int complain(const Mistakes& mistakes) {
    for (const auto& each : mistakes) std::fprintf(stderr, "davit: %s\n", each.c_str());
    return usage_mistake;
}

Mistakes with_places(const Configuration& configuration, Mistakes mistakes) {
    for (auto& each : mistakes) each = with_place(configuration, each);
    return mistakes;
}

/// The command line takes precedence over the file, the file over the defaults.
std::expected<Configuration, Mistakes> join(const ServeArguments& arguments) {
    Configuration configuration;
    if (!arguments.config.empty()) {
        auto read = read_configuration(arguments.config);
        if (!read) return read;
        configuration = std::move(*read);
    }
    if (!arguments.root.empty()) configuration.tree.root = arguments.root;
    if (configuration.tree.root.empty() && configuration.exports.empty())
        return std::unexpected(Mistakes{"which folder? Say davit serve DIR, or server.root in the configuration"});
    if (!arguments.listen.empty()) {
        configuration.server.endpoints.clear();
        configuration.lines.erase("server.listen");  // a mistake in --listen has no line in the file
    }
    for (const auto& text : arguments.listen) {
        auto endpoint = parse_endpoint(text);
        if (!endpoint) return std::unexpected(Mistakes{"--listen " + text + ": " + endpoint.error()});
        configuration.server.endpoints.push_back(std::move(*endpoint));
    }
    const bool passed = take_passed_sockets(configuration.server);
    if (!passed && configuration.server.endpoints.empty() && configuration.server.tls.endpoints.empty())
        configuration.server.endpoints.push_back(*parse_endpoint(default_endpoint));
    configuration.tree.read_only |= arguments.read_only;
    configuration.allow_unauthenticated |= arguments.allow_unauthenticated;
    if (auto mistakes = check(configuration); !mistakes.empty())
        return std::unexpected(with_places(configuration, std::move(mistakes)));
    return configuration;
}

int serve_command(const ServeArguments& arguments) {
    const auto configuration = join(arguments);
    if (!configuration) return complain(configuration.error());
    if (arguments.config.empty()) return serve(*configuration, {});
    return serve(*configuration, [&arguments] { return join(arguments); });
}

int check_config_command(const std::string& file) {
    auto configuration = read_configuration(file);
    if (!configuration) return complain(configuration.error());
    auto warned = warnings(*configuration);
    std::ranges::move(missing_on_this_machine(*configuration), std::back_inserter(warned));
    if (configuration->sets_nothing) warned.emplace_back(file + " sets nothing: every key has its default");
    for (const auto& each : with_places(*configuration, warned))
        std::fprintf(stderr, "davit: warning: %s\n", printable(each).c_str());
    if (auto mistakes = check(*configuration); !mistakes.empty())
        return complain(with_places(*configuration, std::move(mistakes)));
    const auto count = warned.empty() ? std::string() : ", warnings: " + std::to_string(warned.size());
    std::printf("%s: no mistakes found%s\n", file.c_str(), count.c_str());
    return 0;
}

}  // namespace

int run(int argc, char** argv) {
    fill_standard_descriptors();
    forbid_core_dumps();
    CLI::App app{"Davit: a WebDAV server whose failures explain themselves.", "davit"};
    app.set_version_flag("--version", "davit " DAVIT_VERSION);
    app.require_subcommand(1);

    ServeArguments arguments;
    auto* serve_app = app.add_subcommand("serve", "Serve a folder");
    serve_app->add_option("dir", arguments.root, "The folder to serve");
    serve_app
        ->add_option("--listen", arguments.listen,
                     std::string("ADDRESS:PORT, :PORT for all addresses, or unix:PATH; may be repeated; default ") +
                         default_endpoint)
        ->allow_extra_args(false);  // the directory follows
    serve_app->add_option("--config", arguments.config, "Configuration in TOML, see docs/configuration.md");
    serve_app->add_flag("--read-only", arguments.read_only, "Refuse everything that writes");
    serve_app->add_flag("--allow-unauthenticated", arguments.allow_unauthenticated,
                        "Listen beyond loopback although anybody may write then");

    std::string config;
    auto* check_app = app.add_subcommand("check-config", "Look for mistakes in a configuration");
    check_app->add_option("file", config, "The configuration")->required();

    FsckArguments fsck;
    auto* fsck_app = app.add_subcommand("fsck", "Look at every property set of a folder that is not being served");
    fsck_app->add_option("dir", fsck.root, "The folder")->required();
    fsck_app->add_flag("--repair", fsck.repair, "Repair damaged property sets, and remove unused records");
    fsck_app->add_flag(
        "--restored", fsck.restored,
        "The folder is a copy from a backup: properties in the database belong to the files of their paths");

    ExplainArguments explain;
    auto* explain_app =
        app.add_subcommand("explain", "Say what a failure's body, or a request id, is about: the cause first");
    explain_app->add_option("what", explain.what, "A file, - for standard input, or a request id");
    add_control_options(*explain_app, explain.control);
    explain_app->add_option("--log", explain.log,
                            "Look for the request id in this log file, not in the daemon; - for standard input");
    explain_app->add_flag("--json", explain.json, "For programs");

    FailuresArguments failures;
    add_failures(app, failures);
    DoctorArguments doctor;
    add_doctor(app, doctor);
    LocksArguments locks;
    add_locks(app, locks);
    TraceArguments trace;
    add_trace(app, trace);
    TrashArguments trash;
    add_trash(app, trash);
    UserArguments user;
    add_user(app, user);
    WhyArguments why;
    add_why(app, why);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        return explain_usage(app, error, argc, argv);
    }
    if (*fsck_app) return fsck_command(fsck);
    if (app.got_subcommand("failures")) return failures_command(failures);
    if (app.got_subcommand("doctor")) return doctor_command(doctor);
    if (app.got_subcommand("locks")) return locks_command(locks);
    if (app.got_subcommand("trace")) return trace_command(trace);
    if (app.got_subcommand("trash")) return trash_command(trash);
    if (app.got_subcommand("user")) return user_command(user);
    if (app.got_subcommand("why")) return why_command(why);
    if (*explain_app) return explain_command(explain);
    if (*check_app) return check_config_command(config);
    return serve_command(arguments);
}

}  // namespace davit::app
