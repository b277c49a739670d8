#include "folders.hpp"

#include <algorithm>
#include <iterator>

#include "control.hpp"
#include "davit/http/control_client.hpp"
#include "folder_mistake.hpp"
#include "nested.hpp"
#include "reload.hpp"

namespace davit::app {
namespace {

/// Often enough for a short retention.
std::chrono::seconds housekeeping_period(const Configuration& configuration) {
    using std::chrono::seconds;
    auto period = seconds(60);
    for (const auto keep : {configuration.tree.trash_keep, configuration.litter.keep})
        if (keep > seconds(0)) period = std::min(period, std::max(keep / 10, seconds(1)));
    return period;
}

fs::TreeOptions tree_options(const Configuration& configuration) {
    auto options = configuration.tree;
    options.diverted_keep = configuration.litter.keep;
    if (configuration.litter.policy == LitterPolicy::divert) options.diverted_names = configuration.litter.names();
    return options;
}

/// The interval between two checks that the state directory still exists.
constexpr std::chrono::seconds state_look_period{2};

bool sweep(fs::Tree& tree, const Tell& warn) {
    const bool done = tree.sweep();
    for (const auto& warning : tree.take_warnings()) warn(warning);
    return done;
}

bool lies_in(const std::filesystem::path& inner, const std::filesystem::path& outer) {
    return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

/// Two directories that share files would not share their locks.
std::expected<void, std::string> check_apart(const std::vector<Export>& exports) {
    std::error_code error;
    for (const auto& one : exports)
        for (const auto& other : exports) {
            if (&one == &other) continue;
            const auto inner = std::filesystem::canonical(one.root, error);
            const auto outer = std::filesystem::canonical(other.root, error);
            if (!error && lies_in(inner, outer))
                return std::unexpected("exports: " + inner.string() + " lies in " + outer.string() +
                                       "; no exported folder may be part of another");
        }
    return {};
}

/// An unusable state directory is a configuration error.
FolderProblem problem(const Export& where, const Failure& failure, bool read_only) {
    constexpr int set_up_mistake = 2;
    auto seen = folder_mistake(where.root, read_only ? FolderUse::read : FolderUse::write);
    if (failure.system && !seen.empty()) return {std::move(seen), 1};
    return {where.root.string() + ": " + failure.sentence,
            failure.code == FailureCode::state_unusable ? set_up_mistake : 1};
}

}  // namespace

Folders::Folders(const Configuration& configuration, const store::Clock& clock)
    : configuration_(configuration), clock_(clock) {}

std::expected<std::unique_ptr<Folders>, FolderProblem> Folders::open(const Configuration& configuration,
                                                                     const store::Clock& clock) {
    std::unique_ptr<Folders> made(new Folders(configuration, clock));
    if (configuration.exports.empty()) {
        if (auto added = made->add({{}, configuration.tree.root, false, false}); !added)
            return std::unexpected(added.error());
        made->services_ = made->folders_.front().services.get();
        return made;
    }
    if (auto apart = check_apart(configuration.exports); !apart) return std::unexpected(FolderProblem{apart.error()});
    for (const auto& each : configuration.exports)
        if (auto added = made->add(each); !added) return std::unexpected(added.error());
    made->set_above();
    return made;
}

std::expected<void, FolderProblem> Folders::add(const Export& where) {
    auto options = tree_options(configuration_);
    options.root = where.root;
    options.read_only |= where.read_only;
    auto tree = fs::open_tree(options, clock_);
    if (!tree) return std::unexpected(problem(where, tree.error(), options.read_only));
    auto policy = whole_policy(configuration_);
    policy.read_only = options.read_only;
    auto& folder = folders_.emplace_back(where, std::move(*tree), nullptr, "");
    folder.services = std::make_unique<engine::Services>(folder.tree->resources(), folder.tree->properties(),
                                                         folder.tree->locks(), clock_, tokens_, policy);
    const bool own_socket = !where.path.is_root() && configuration_.control_socket == "auto" && !options.read_only;
    if (own_socket) folder.control_socket = default_control_socket(std::filesystem::canonical(where.root).string());
    return {};
}

void Folders::set_above() {
    std::vector<ResourcePath> places;
    places.reserve(folders_.size());
    for (const auto& folder : folders_) places.push_back(folder.where.path);
    overview_ = std::make_unique<store::Overview>(places, clock_.now());
    auto policy = configuration_.policy;
    policy.read_only = true;
    policy.propfind_infinity = false;  // a listing would have to walk all directories
    above_ = std::make_unique<engine::Services>(*overview_, *overview_, *overview_, clock_, tokens_, policy);
    services_ = above_.get();
}

std::unique_ptr<Care> Folders::look_after(http::Server& server, const Tell& tell, const Tell& warn) const {
    auto care = std::make_unique<Care>();
    for (const auto& folder : folders_) {
        auto& tree = *folder.tree;
        auto* keeper = care->housekeeping
                           .emplace_back(std::make_unique<Housekeeping>([&tree, &warn] { return sweep(tree, warn); },
                                                                        housekeeping_period(configuration_)))
                           .get();
        const auto wake = [&tree, keeper] {
            if (tree.has_waste()) keeper->wake();
        };
        care->patrols.push_back(std::make_unique<Patrol>([&tree, &tell] {
            const auto [rest, removed] = tree.collect();
            if (removed > 0) tell("removed " + std::to_string(removed) + " unused records of property sets");
            return rest;
        }));
        care->patrols.push_back(std::make_unique<Patrol>([&tree, &tell, said = std::string()]() mutable {
            tree.tidy_state();
            auto problem = tree.state_problem();
            if (problem != said && !problem.empty()) tell(problem);
            said = std::move(problem);
            return std::chrono::milliseconds(state_look_period);
        }));
        if (!above_) {
            server.set_housekeeping(wake);
            if (auto* idempotency = tree.idempotency()) server.set_idempotency(*idempotency);
            if (auto* trash = tree.trash()) server.set_trash(*trash);
            continue;
        }
        http::ExportOptions options{.url = folder.where.path,
                                    .services = *folder.services,
                                    .idempotency = tree.idempotency(),
                                    .trash = tree.trash(),
                                    .housekeeping = wake,
                                    .homes = folder.where.homes,
                                    .control_socket = folder.control_socket};
        if (folder.where.homes && !folder.services->policy.read_only)
            options.make_home = [&tree](const std::string& name) { return tree.make_home(name); };
        if (options.control_socket.size() > http::longest_socket_path) {
            tell("no control socket: " + options.control_socket + " is longer than a socket's path may be");
            options.control_socket.clear();
        }
        server.add_export(std::move(options));
    }
    return care;
}

std::vector<HealthWatch::Folder> Folders::health_checks() const {
    std::vector<HealthWatch::Folder> checks;
    for (const auto& folder : folders_)
        if (auto check = folder.tree->health_check()) checks.push_back({folder.where.root.string(), std::move(*check)});
    return checks;
}

std::string Folders::control_socket() const {
    for (const auto& folder : folders_)
        if (!folder.control_socket.empty() && folder.control_socket.size() <= http::longest_socket_path)
            return folder.control_socket;
    return {};
}

std::vector<std::string> Folders::describe() const {
    std::vector<std::string> lines;
    for (const auto& folder : folders_) {
        auto line = "serving " + folder.where.root.string();
        if (!folder.where.path.is_root()) line += " at " + folder.where.path.href(true);
        lines.push_back(line + ", " + folder.tree->describe());
    }
    return lines;
}

std::string Folders::names() const {
    std::string all;
    for (const auto& folder : folders_) all += (all.empty() ? "" : ", ") + folder.where.root.string();
    return all;
}

std::vector<std::string> Folders::nested() const {
    std::vector<std::string> all;
    for (const auto& folder : folders_) std::ranges::move(nested_folders(folder.where.root), std::back_inserter(all));
    return all;
}

}  // namespace davit::app
