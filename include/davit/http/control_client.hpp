#pragma once
// Asks a running daemon through its control socket (server.control_socket).
#include <expected>
#include <string>

namespace davit::http {

struct ControlAnswer {
    unsigned status = 0;
    std::string body;
};
/// GET of `target` ("/failures/ID"), waiting at most 10 seconds. The error is a sentence: no such socket, nobody
/// answers.
std::expected<ControlAnswer, std::string> ask_control(const std::string& socket_path, const std::string& target);

}  // namespace davit::http
