#include "property_codec.hpp"

#include <boost/crc.hpp>
#include <cstdint>

#include "davit/store/checksums.hpp"
#include "davit/store/creation_date.hpp"

namespace davit::fs {
namespace {

constexpr std::string_view magic = "DAVP";
constexpr char version = 1;
/// `record`, of older versions, holds only the id; `owned_record` has all parts of RecordPointer.
enum class Frame : char { inline_set = 'S', record = 'R', owned_record = 'P' };
/// magic, version, kind, CRC-32 of the rest
constexpr std::size_t header_size = 4 + 1 + 1 + 4;

/// The maximum encoded size of sent_with_get() beside a pointer, because attributes have little room.
constexpr std::size_t max_beside_pointer = 1024;

void put_number(std::string& out, std::uint32_t number) {
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((number >> shift) & 0xff);
}

bool is_id(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string frame(Frame kind, std::string_view payload) {
    std::string out(magic);
    out += version;
    out += static_cast<char>(kind);
    put_number(out, digest(payload));
    out += payload;
    return out;
}

/// Reads what put_number and put_text wrote. Sets `broken` when the input is too short.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::uint32_t number() {
        const auto bytes = take(4);
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
        return value;
    }
    std::string text() { return std::string(take(number())); }
    bool finished() const { return !broken_ && rest_.empty(); }
    bool broken() const { return broken_; }

private:
    std::string_view take(std::size_t size) {
        if (broken_ || size > rest_.size()) {
            broken_ = true;
            return {};
        }
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

    std::string_view rest_;
    bool broken_ = false;
};

std::optional<std::string_view> unframe(Frame kind, std::string_view bytes) {
    if (bytes.size() < header_size || !bytes.starts_with(magic)) return std::nullopt;
    if (bytes[4] != version || bytes[5] != static_cast<char>(kind)) return std::nullopt;
    const auto payload = bytes.substr(header_size);
    if (Reader(bytes.substr(6, 4)).number() != digest(payload)) return std::nullopt;
    return payload;
}

void put_text(std::string& out, std::string_view text) {
    put_number(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

}  // namespace

std::uint32_t digest(std::string_view bytes) {
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

std::string encode(const PropertySet& set) {
    std::string payload;
    put_number(payload, static_cast<std::uint32_t>(set.size()));
    for (const auto& property : set) {
        put_text(payload, property.name.ns);
        put_text(payload, property.name.local);
        put_text(payload, property.xml);
    }
    return frame(Frame::inline_set, payload);
}

std::optional<PropertySet> decode(std::string_view bytes) {
    const auto payload = unframe(Frame::inline_set, bytes);
    if (!payload) return std::nullopt;
    Reader reader(*payload);
    PropertySet set;
    const auto count = reader.number();
    for (std::uint32_t i = 0; i < count && !reader.broken(); ++i) {
        Property property;
        property.name.ns = reader.text();
        property.name.local = reader.text();
        property.xml = reader.text();
        set.set(std::move(property));
    }
    if (!reader.finished()) return std::nullopt;
    return set;
}

bool is_sent_with_get(const PropertyName& name) {
    return name.is(dav_namespace, "getcontenttype") || name.is(dav_namespace, "getcontentlanguage") ||
           name == store::checksums_name();
}

PropertySet sent_with_get(const PropertySet& set) {
    PropertySet sent;
    for (const auto& property : set)
        if (is_sent_with_get(property.name)) sent.set(property);
    return sent;
}

PropertySet kept_beside_pointer(const PropertySet& set) {
    auto kept = sent_with_get(set);
    if (const auto* created = set.find(store::creation_date_name())) kept.set(*created);
    return kept;
}

std::string encode(const RecordPointer& pointer) {
    std::string payload;
    put_text(payload, pointer.id);
    put_number(payload, static_cast<std::uint32_t>(pointer.owner));
    put_number(payload, static_cast<std::uint32_t>(pointer.owner >> 32));
    const auto beside = pointer.for_get ? encode(*pointer.for_get) : std::string();
    put_text(payload, beside.size() <= max_beside_pointer ? std::string_view(beside) : std::string_view());
    return frame(Frame::owned_record, payload);
}

std::optional<RecordPointer> decode_pointer(std::string_view bytes) {
    if (const auto id = unframe(Frame::record, bytes))
        return is_id(*id) ? std::optional(RecordPointer{std::string(*id)}) : std::nullopt;
    const auto payload = unframe(Frame::owned_record, bytes);
    if (!payload) return std::nullopt;
    Reader reader(*payload);
    RecordPointer pointer{reader.text()};
    pointer.owner = reader.number();
    pointer.owner |= static_cast<std::uint64_t>(reader.number()) << 32;
    pointer.for_get = decode(reader.text());
    if (!reader.finished() || !is_id(pointer.id)) return std::nullopt;
    return pointer;
}

bool may_hold_checksums(std::string_view bytes) {
    if (bytes.contains(store::checksums_name().local)) return true;
    const auto pointer = decode_pointer(bytes);
    return pointer && !pointer->for_get;
}

bool is_known_to_hold_creation_date(std::string_view bytes) {
    const auto& name = store::creation_date_name();
    if (!bytes.contains(name.local)) return false;
    if (const auto set = decode(bytes)) return set->find(name) != nullptr;
    const auto pointer = decode_pointer(bytes);
    return pointer && pointer->for_get && pointer->for_get->find(name);
}

bool may_hold_creation_date(std::string_view bytes) {
    if (bytes.contains(store::creation_date_name().local)) return true;
    const auto pointer = decode_pointer(bytes);
    return pointer && !pointer->for_get;
}

}  // namespace davit::fs
