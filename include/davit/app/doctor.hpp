#pragma once
// The findings of `davit doctor URL` about the path from a client to Davit.
#include <expected>
#include <string>
#include <vector>

namespace davit::app {

struct Finding {
    std::string check;     ///< "bodies"
    std::string hop;       ///< the component at fault: "nginx", "Davit", "a proxy"
    std::string sentence;  ///< the request and the response
    std::string remedy;    ///< the setting to change
    bool advice = false;   ///< it works, but not as well as it could
};

struct Diagnosis {
    std::string url;
    std::string server;               ///< "Davit", or the name of another server; "" when unknown
    std::vector<std::string> checks;  ///< the checks that ran, in order
    std::vector<Finding> findings;
    bool healthy() const;  ///< true when there are no findings but advice
};

/// The URL to check, and how.
struct DoctorOrder {
    std::string url;         ///< http://host[:port]/path/, https too
    std::string user;        ///< for Basic; "": no login
    std::string password;    ///< the user's
    bool insecure = false;   ///< continue although the certificate is not trusted
    bool large = false;      ///< send 100 MB as well
    std::string origin;      ///< the origin of a browser page that uses the server: "https://app.example"
    std::string management;  ///< the URL of the management listener: http://127.0.0.1:9100/
};

/// Makes the requests of a client in a new collection below the URL, and removes the collection again. The error is a
/// sentence: an invalid URL, or no server answers.
std::expected<Diagnosis, std::string> diagnose(const DoctorOrder& order);

/// Text for a person: a line for each check, each finding with its remedy.
std::string as_text(const Diagnosis& diagnosis);
std::string as_json(const Diagnosis& diagnosis);

}  // namespace davit::app
