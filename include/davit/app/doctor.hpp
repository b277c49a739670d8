#pragma once
// What `davit doctor URL` finds on the way from a client to Davit.
#include <expected>
#include <string>
#include <vector>

namespace davit::app {

struct Finding {
    std::string check;     ///< "bodies"
    std::string hop;       ///< who is at fault: "nginx", "Davit", "a proxy"
    std::string sentence;  ///< what was asked, what came back
    std::string remedy;    ///< the setting to change
    bool advice = false;   ///< it works, though not as well as it could
};

struct Diagnosis {
    std::string url;
    std::vector<std::string> checks;  ///< those made, in order
    std::vector<Finding> findings;
    bool healthy() const;  ///< nothing but advice was found
};

/// Walks the way of a client in a new collection below `url` (http://host[:port]/path/), which it removes again.
/// The error is a sentence: not such a URL, or nobody answers.
std::expected<Diagnosis, std::string> diagnose(const std::string& url);

/// For a person: a line for each check, each finding with its remedy.
std::string as_text(const Diagnosis& diagnosis);
std::string as_json(const Diagnosis& diagnosis);

}  // namespace davit::app
