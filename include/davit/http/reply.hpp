#pragma once
// An answer before it is sent.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "davit/core/status.hpp"
#include "davit/headers/fields.hpp"
#include "davit/store/resource_store.hpp"

namespace davit::http {

/// A file, or ranges of it. More than one range becomes multipart/byteranges (RFC 9110, 14.6).
struct FileBody {
    std::shared_ptr<const store::Content> content;
    std::vector<headers::ByteRange> ranges;  ///< empty: all of it
    std::string media_type;
};

/// Appends the next piece, about one window, and returns whether there is more. Runs on a worker. An exception closes
/// the connection, so that no client takes a broken answer for a complete one.
using Producer = std::function<bool(std::string& out)>;

struct Reply {
    Status status = Status::ok;
    std::string fields;  ///< complete lines, "Name: value\r\n"
    std::variant<std::monostate, std::string, FileBody, Producer> body;
    bool close = false;
    bool gzip = false;           ///< a Producer's body may be compressed: the client accepts it
    bool browser_rules = false;  ///< add_browser_rules() has been called

    void add(std::string_view name, std::string_view value);
};

}  // namespace davit::http
