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
    std::string server;               ///< "Davit", or the name of another; "" when it was not seen
    std::vector<std::string> checks;  ///< those made, in order
    std::vector<Finding> findings;
    bool healthy() const;  ///< nothing but advice was found
};

/// What to walk, and how.
struct DoctorOrder {
    std::string url;         ///< http://host[:port]/path/, https too
    std::string user;        ///< for Basic; "" for no login
    std::string password;    ///< the user's
    bool insecure = false;   ///< goes on behind a certificate that is not trusted
    bool large = false;      ///< sends 100 MB as well
    std::string origin;      ///< of a page in a browser that uses the server: "https://app.example"
    std::string management;  ///< where health is asked: http://127.0.0.1:9100/
};

/// Walks the way of a client in a new collection below the URL, which it removes again.
/// The error is a sentence: not such a URL, or nobody answers.
std::expected<Diagnosis, std::string> diagnose(const DoctorOrder& order);

/// For a person: a line for each check, each finding with its remedy.
std::string as_text(const Diagnosis& diagnosis);
std::string as_json(const Diagnosis& diagnosis);

}  // namespace davit::app
