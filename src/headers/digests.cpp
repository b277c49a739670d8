// Content-Digest, Repr-Digest, Want-Repr-Digest (RFC 9530: dictionaries of RFC 8941) and OC-Checksum.
#include <algorithm>
#include <charconv>

#include "davit/headers/base64.hpp"
#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

constexpr bool is_key_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '*';
}

/// One member of a dictionary; the value as written, "" for a key alone.
struct Member {
    std::string_view key;
    std::string_view value;
};

/// A dictionary whose values are bare items. These fields define no meaning for inner lists.
class Dictionary {
public:
    explicit Dictionary(std::string_view text) : rest_(trim(text)) {}

    bool done() const { return rest_.empty(); }
    /// Reads the next member. Returns false when the text is not a member.
    bool next(Member& member) {
        member = {take_key(), {}};
        if (member.key.empty()) return false;
        if (accept('=')) {
            member.value = take_item();
            if (member.value.empty()) return false;
        }
        while (accept(';')) {
            rest_ = trim(rest_);
            if (take_key().empty() || (accept('=') && take_item().empty())) return false;
        }
        rest_ = trim(rest_);
        if (done()) return true;
        if (!accept(',')) return false;
        rest_ = trim(rest_);
        return !done();  // no trailing comma (RFC 8941, 4.2.2)
    }

private:
    bool accept(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string_view take(std::size_t size) {
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view take_key() {
        const auto end = std::ranges::find_if_not(rest_, is_key_char);
        const auto key = take(static_cast<std::size_t>(end - rest_.begin()));
        return !key.empty() && (key.front() == '*' || (key.front() >= 'a' && key.front() <= 'z')) ? key : "";
    }
    /// A byte sequence and a string end at their delimiter, all other items at the first character that cannot belong
    /// to them.
    std::string_view take_item() {
        if (rest_.starts_with(':')) return take_until(':');
        if (rest_.starts_with('"')) return take_until('"');
        return take(std::min(rest_.find_first_of(" \t,;\"()"), rest_.size()));
    }
    std::string_view take_until(char mark) {
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (mark == '"' && rest_[at] == '\\')
                ++at;
            else if (rest_[at] == mark)
                return take(at + 1);
        }
        return {};
    }

    std::string_view rest_;
};

const DigestKind* kind_of_key(std::string_view key) {
    const auto row = std::ranges::find(digest_kinds(), key, &DigestKind::field_key);
    return row == digest_kinds().end() ? nullptr : &*row;
}

std::optional<Digest> digest_of(const DigestKind& kind, std::string_view item) {
    if (item.size() < 2 || item.front() != ':' || item.back() != ':') return std::nullopt;
    auto bytes = from_base64(item.substr(1, item.size() - 2));
    if (!bytes || bytes->size() != kind.size) return std::nullopt;
    return Digest{kind.algorithm, std::move(*bytes)};
}

/// If a dictionary repeats a key, the last one counts (RFC 8941, 3.2).
template <typename Item, typename Projection>
void put(std::vector<Item>& items, Item item, Projection key) {
    const auto same = std::ranges::find(items, std::invoke(key, item), key);
    if (same == items.end())
        items.push_back(std::move(item));
    else
        *same = std::move(item);
}

}  // namespace

Result<std::vector<Digest>> parse_digest_field(std::string_view text) {
    std::vector<Digest> digests;
    for (Dictionary dictionary(text); !dictionary.done();) {
        Member member;
        if (!dictionary.next(member))
            return fail(FailureCode::bad_header, "expected members such as sha-256=:base64:, separated by commas.");
        const auto* kind = kind_of_key(member.key);
        if (!kind) continue;
        auto digest = digest_of(*kind, member.value);
        if (!digest)
            return fail(FailureCode::bad_header, std::string(kind->field_key) + " takes " + std::to_string(kind->size) +
                                                     " bytes in base64 between colons.");
        put(digests, std::move(*digest), &Digest::algorithm);
    }
    return digests;
}

std::string digest_member(const Digest& digest) {
    return std::string(digest_kind(digest.algorithm).field_key) + "=:" + to_base64(digest.bytes) + ":";
}

std::vector<DigestAlgorithm> parse_want_digest(std::string_view text) {
    struct Wish {
        DigestAlgorithm algorithm;
        int weight;
    };
    std::vector<Wish> wishes;
    for (Dictionary dictionary(text); !dictionary.done();) {
        Member member;
        if (!dictionary.next(member)) return {};
        const auto* kind = kind_of_key(member.key);
        if (!kind) continue;
        int weight = 0;
        const auto value = member.value;
        const auto read = std::from_chars(value.data(), value.data() + value.size(), weight);
        if (read.ec != std::errc() || read.ptr != value.data() + value.size() || weight < 0 || weight > 10) return {};
        put(wishes, {kind->algorithm, weight}, &Wish::algorithm);
    }
    std::vector<DigestAlgorithm> algorithms;
    for (int weight = 10; weight > 0; --weight)
        for (const auto& wish : wishes)
            if (wish.weight == weight) algorithms.push_back(wish.algorithm);
    return algorithms;
}

Result<std::vector<Digest>> parse_oc_checksum(std::string_view text) {
    std::vector<Digest> digests;
    for (text = trim(text); !text.empty();) {
        const auto word = text.substr(0, text.find(' '));
        text = trim(text.substr(word.size()));
        const auto colon = word.find(':');
        if (colon == 0 || colon == word.npos || colon + 1 == word.size())
            return fail(FailureCode::bad_header,
                        "expected an algorithm, a colon and a checksum in hexadecimal digits.");
        const auto* kind = find_digest_kind(word.substr(0, colon));
        if (!kind) continue;
        auto digest = parse_checksum(word);
        if (!digest)
            return fail(FailureCode::bad_header,
                        std::string(kind->name) + " takes " + std::to_string(kind->size * 2) + " hexadecimal digits.");
        put(digests, std::move(*digest), &Digest::algorithm);
    }
    return digests;
}

}  // namespace davit::headers
