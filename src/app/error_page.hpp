#pragma once
// Bodies of servers without a better one: a page for browsers, or the reason phrase alone.
#include <optional>
#include <string_view>

#include "davit/xml/failure_reader.hpp"

namespace davit::app {

/// Recognises an HTML page whose title begins with an error's number (Apache, lighttpd, nginx), and a body that is only
/// the reason phrase of an error (Go's x/net/webdav, in rclone). Returns nothing for other bodies.
std::optional<xml::FailureEntry> error_page(std::string_view body);

}  // namespace davit::app
