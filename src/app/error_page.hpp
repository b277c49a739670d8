#pragma once
// What servers say that have no better answer: a page for browsers, or the reason phrase alone.
#include <optional>
#include <string_view>

#include "davit/xml/failure_reader.hpp"

namespace davit::app {

/// An HTML page whose title begins with an error's number (Apache, lighttpd, nginx), or a body that is nothing but the
/// reason phrase of an error (Go's x/net/webdav, in rclone); nothing for everything else.
std::optional<xml::FailureEntry> error_page(std::string_view body);

}  // namespace davit::app
