#pragma once
// What is served: one folder, or several and what lies above them.
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

/// The threads that look after the folders; they end with it.
struct Care {
    std::vector<std::unique_ptr<Housekeeping>> housekeeping;
    std::vector<std::unique_ptr<Patrol>> patrols;
};

/// Why a folder cannot be served, for the operator, and what the program ends with.
struct FolderProblem {
    std::string text;
    int exit_code = 1;
};

class Folders {
public:
    /// Opens them all; the error names the folder.
    static std::expected<std::unique_ptr<Folders>, FolderProblem> open(const Configuration& configuration,
                                                                       const store::Clock& clock);
    /// What the server begins with: the one folder, or the collections above several.
    const engine::Services& services() const { return *services_; }
    /// Makes them known to the server and begins to look after them. Both outlive neither the folders nor `tell`.
    /// `warn` gets what failed in the background.
    std::unique_ptr<Care> look_after(http::Server& server, const Tell& tell, const Tell& warn) const;
    /// What looks whether they can be worked with. It may outlive them.
    std::vector<HealthWatch::Folder> health_checks() const;
    /// Of the first folder that has one; "" when none has. Those of several folders only: one has the server's own.
    std::string control_socket() const;
    /// "serving ..." for the log, a line each, and all in one.
    std::vector<std::string> describe() const;
    std::string names() const;
    /// Warnings: served folders that lie in one another.
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
