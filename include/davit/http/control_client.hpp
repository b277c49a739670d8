#pragma once
// Sends a request to a running server through its control socket (server.control_socket).
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace davit::http {

/// The longest path that sockaddr_un can hold.
inline constexpr std::size_t longest_socket_path = 107;

struct ControlRequest {
    std::string method = "GET";
    std::string target;  ///< "/failures/ID"
    std::vector<std::pair<std::string, std::string>> fields{};
    std::string body{};
};
struct ControlAnswer {
    unsigned status = 0;
    std::string body;
};
/// Waits at most 10 seconds for the answer. The error is a sentence: no such socket, or no answer.
std::expected<ControlAnswer, std::string> ask_control(const std::string& socket_path, const ControlRequest& asked);

}  // namespace davit::http
