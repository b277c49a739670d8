#include "trash_record.hpp"

#include <charconv>

namespace davit::fs {
namespace {

constexpr std::string_view first_line = "davit-trash 1\n";
constexpr std::string_view last_line = "end\n";

void append(std::string& out, std::string_view key, std::string_view value) {
    ((out += key) += ' ') += value;
    out += '\n';
}

/// Encodes any text of a client in one line.
std::string encoded(std::string_view text) {
    std::string out;
    append_encoded_segment(out, text);
    return out;
}

/// The reverse, for the server's own text only.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned byte = static_cast<unsigned char>(text[at]);
        if (text[at] == '%' && at + 2 < text.size()) {
            std::from_chars(text.data() + at + 1, text.data() + at + 3, byte, 16);
            at += 2;
        }
        out += static_cast<char>(byte);
    }
    return out;
}

/// Reads the value of the next line, which must have this key.
bool take(std::string_view& text, std::string_view key, std::string_view& value) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(key) || text.substr(key.size(), 1) != " ") return false;
    value = text.substr(key.size() + 1, end - key.size() - 1);
    text.remove_prefix(end + 1);
    return true;
}

template <typename Number>
bool take_number(std::string_view& text, std::string_view key, Number& number) {
    std::string_view value;
    if (!take(text, key, value)) return false;
    return std::from_chars(value.data(), value.data() + value.size(), number).ec == std::errc();
}

}  // namespace

std::string encode(const TrashRecord& record) {
    std::string out(first_line);
    append(out, "path", record.path.href());
    append(out, "removed", std::to_string(record.removed.time_since_epoch().count()));
    append(out, "user", encoded(record.by.principal));
    append(out, "request", encoded(record.by.request_id));
    append(out, "inode", std::to_string(record.inode));
    append(out, "born", std::to_string(record.born));
    if (record.bytes) append(out, "bytes", std::to_string(*record.bytes));
    return out += last_line;
}

std::optional<TrashRecord> decode_trash_record(std::string_view text) {
    if (!text.starts_with(first_line) || !text.ends_with(last_line)) return std::nullopt;
    text.remove_prefix(first_line.size());
    TrashRecord record;
    std::string_view path;
    std::string_view user;
    std::string_view request;
    std::int64_t removed = 0;
    if (!take(text, "path", path) || !take_number(text, "removed", removed) || !take(text, "user", user) ||
        !take(text, "request", request) || !take_number(text, "inode", record.inode) ||
        !take_number(text, "born", record.born))
        return std::nullopt;
    if (std::uint64_t bytes = 0; take_number(text, "bytes", bytes)) record.bytes = bytes;
    auto parsed = ResourcePath::parse(path);
    if (!parsed) return std::nullopt;
    record.path = std::move(*parsed);
    record.removed = store::FileTime(std::chrono::nanoseconds(removed));
    record.by = {decoded(user), decoded(request)};
    return record;
}

}  // namespace davit::fs
