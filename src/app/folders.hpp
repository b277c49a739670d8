#pragma once
// The served directories: one, or several and the collections above them.
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "davit/app/configuration.hpp"
#include "davit/store/overview.hpp"
#include "health_watch.hpp"
#include "housekeeping.hpp"
#include "patrol.hpp"

namespace davit::app {

using Tell = std::function<void(const std::string&)>;

/// The threads that maintain the directories. They end with it.
struct Care {
    std::vector<std::unique_ptr<Housekeeping>> housekeeping;
    std::vector<std::unique_ptr<Patrol>> patrols;
};

/// Why a directory cannot be served, for the operator, and the exit code.
struct FolderProblem {
    std::string text;
    int exit_code = 1;
};

class Folders {
public:
    /// Opens all. The error names the directory.
    static std::expected<std::unique_ptr<Folders>, FolderProblem> open(const Configuration& configuration,
                                                                       const store::Clock& clock);
    /// The services of the root: the single directory, or the collections above several.
    const engine::Services& services() const { return *services_; }
    /// Registers the directories with the server and starts to maintain them. The result must not outlive the
    /// directories or `tell`. `warn` receives failures of background work.
    std::unique_ptr<Care> look_after(http::Server& server, const Tell& tell, const Tell& warn) const;
    /// Checks that the directories are usable. The checks may outlive the directories.
    std::vector<HealthWatch::Folder> health_checks() const;
    /// The control socket in the first of several directories that has one; "" otherwise. A single directory uses the
    /// server's own.
    std::string control_socket() const;
    /// "serving ..." for the log: a line for each, and all in one.
    std::vector<std::string> describe() const;
    std::string names() const;
    /// Warnings about served directories that lie inside one another.
    std::vector<std::string> nested() const;

private:
    struct Folder {
        Export where;
        std::unique_ptr<fs::Tree> tree;
        std::unique_ptr<engine::Services> services;
        std::string control_socket;
    };
    Folders(const Configuration& configuration, const store::Clock& clock);
    std::expected<void, FolderProblem> add(const Export& where);
    void set_above();

    const Configuration& configuration_;
    const store::Clock& clock_;
    mutable store::RandomTokenSource tokens_;
    std::vector<Folder> folders_;
    std::unique_ptr<store::Overview> overview_;
    std::unique_ptr<engine::Services> above_;
    const engine::Services* services_ = nullptr;
};

}  // namespace davit::app
