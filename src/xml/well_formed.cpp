#include "davit/xml/well_formed.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "characters.hpp"
#include "davit/core/utf8.hpp"
#include "doctype.hpp"
#include "scope.hpp"

namespace davit::xml {
namespace {

constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view xmlns_namespace = "http://www.w3.org/2000/xmlns/";

struct Attribute {
    std::string_view name, value;
};

constexpr std::string_view prefix_part(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}
constexpr std::string_view local_of(std::string_view name) {
    return name.substr(name.find(':') + 1);
}

/// Thrown inside the checker only. One function turns it into a Failure.
struct Malformed {
    std::string what;
    FailureCode code = FailureCode::bad_xml;
};

class Checker {
public:
    Checker(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

    Result<void> check() {
        try {
            document();
            count_steps();
            return {};
        } catch (const Malformed& mistake) {
            count_steps();
            const auto line = 1 + std::ranges::count(text_.substr(0, std::min(at_, text_.size())), '\n');
            return fail(mistake.code,
                        "The XML body is not acceptable: " + mistake.what + " (line " + std::to_string(line) + ").");
        }
    }

private:
    [[noreturn]] static void wrong(std::string what) { throw Malformed{std::move(what)}; }
    /// Text of a client for a message, cut to a readable length.
    static std::string quoted(std::string_view text) { return '"' + std::string(text.substr(0, 60)) + '"'; }

    void count_steps() const {
        if (limits_.steps) *limits_.steps += at_ + steps_ + scope_.steps();
    }
    /// The offset of `what`, searched from `at_`.
    std::size_t find(std::string_view what) {
        const auto end = text_.find(what, at_);
        steps_ += std::min(end, text_.size()) - at_;
        return end;
    }

    bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    void expect(std::string_view what) {
        if (!looking_at(what)) wrong("'" + std::string(what) + "' is expected");
        at_ += what.size();
    }
    bool skip_space() {
        const auto before = at_;
        while (at_ < text_.size() && is_xml_space(text_[at_])) ++at_;
        return at_ > before;
    }
    /// document ::= prolog element Misc*
    void document() {
        if (looking_at("<?xml") && at_ + 5 < text_.size() && is_xml_space(text_[at_ + 5])) declaration();
        misc();
        if (at_ == text_.size()) wrong("there is no root element");
        if (text_[at_] != '<') wrong("there is text before the root element");
        content();
        misc();
        if (at_ != text_.size()) wrong("something follows the root element");
    }

    void misc() {
        for (;;) {
            skip_space();
            if (looking_at("<!--")) {
                comment();
                count_node();
            } else if (looking_at("<?")) {
                instruction();
            } else if (looking_at("<!DOCTYPE")) {
                refuse_doctype();
            } else {
                return;
            }
        }
    }

    [[noreturn]] void refuse_doctype() {
        DoctypeScanner scanner(text_.substr(at_));
        const bool external = scanner.names_external_entity();
        steps_ += scanner.steps();
        if (external)
            throw Malformed{"its DOCTYPE names an external entity, and none is read", FailureCode::external_entity};
        wrong("a DOCTYPE is not accepted");
    }

    /// XMLDecl: version 1.x, a supported encoding, standalone yes or no.
    void declaration() {
        at_ += 5;
        std::vector<Attribute> parts;
        while (skip_space(), !looking_at("?>")) parts.push_back(attribute());
        at_ += 2;
        if (parts.empty() || parts[0].name != "version" || !parts[0].value.starts_with("1."))
            wrong("the XML version is not 1.0");
        std::size_t next = 1;
        if (next < parts.size() && parts[next].name == "encoding") check_encoding(parts[next++].value);
        if (next < parts.size() && parts[next].name == "standalone") {
            if (parts[next].value != "yes" && parts[next].value != "no") wrong("standalone is neither yes nor no");
            ++next;
        }
        if (next != parts.size()) wrong("the XML declaration has something unknown");
    }

    static void check_encoding(std::string_view encoding) {
        std::string upper(encoding);
        std::ranges::transform(upper, upper.begin(),
                               [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
        for (const auto* known : {"UTF-8", "UTF8", "UTF-16", "UTF-16LE", "UTF-16BE", "US-ASCII", "ASCII"})
            if (upper == known) return;
        wrong("the encoding is neither UTF-8 nor UTF-16");
    }

    void comment() {
        at_ += 4;
        const auto end = find("--");
        if (end == std::string_view::npos || end + 2 >= text_.size() || text_[end + 2] != '>')
            wrong("a comment is malformed");
        characters(end);
        at_ = end + 3;
    }

    void instruction() {
        at_ += 2;
        const auto target = name();
        if (target.size() == 3 && (target[0] | 32) == 'x' && (target[1] | 32) == 'm' && (target[2] | 32) == 'l')
            wrong("an XML declaration is in the wrong place");
        if (target.find(':') != std::string_view::npos) wrong("a processing instruction's target has a colon");
        const auto end = find("?>");
        if (end == std::string_view::npos) wrong("a processing instruction is not closed");
        if (end != at_ && !is_xml_space(text_[at_])) wrong("a processing instruction is malformed");
        characters(end);
        at_ = end + 2;
        count_node();
    }

    void count_node() {
        if (++nodes_ > limits_.nodes) wrong("it has more than " + std::to_string(limits_.nodes) + " nodes");
    }

    /// Checks that every character up to `end` is a Char.
    void characters(std::size_t end) {
        while (at_ < end) character();
    }
    char32_t character() {
        const auto point = decode_utf8(text_, at_);
        if (!point) wrong("it is not valid UTF-8");
        if (!is_xml_char(*point)) wrong("it has a character that XML does not allow");
        return *point;
    }

    std::string_view name() {
        const auto start = at_;
        if (at_ == text_.size() || !is_name_start(character())) wrong("a name is malformed");
        while (at_ < text_.size()) {
            const auto before = at_;
            const auto point = decode_utf8(text_, at_);
            if (!point || !is_name_char(*point)) {
                at_ = before;
                break;
            }
        }
        if (at_ - start > limits_.name_bytes)
            wrong("a name is longer than " + std::to_string(limits_.name_bytes) + " bytes");
        return text_.substr(start, at_ - start);
    }

    /// QName ::= [NCName ':'] NCName
    std::string_view qualified_name() {
        const auto whole = name();
        const auto colon = whole.find(':');
        if (colon != std::string_view::npos) {
            std::size_t after = colon + 1;
            const bool sound = colon > 0 && after < whole.size() && whole.find(':', after) == std::string_view::npos &&
                               is_name_start(*decode_utf8(whole, after));
            if (!sound) wrong("the name " + quoted(whole) + " has a colon in the wrong place");
        }
        return whole;
    }

    void reference() {
        constexpr std::size_t longest = 33;
        const auto length = text_.substr(at_, longest).find(';');
        if (length == std::string_view::npos) wrong("an entity reference is not closed");
        const auto entity = text_.substr(at_ + 1, length - 1);
        if (entity.starts_with('#')) {
            char_reference(entity.substr(1));
        } else if (entity != "amp" && entity != "lt" && entity != "gt" && entity != "quot" && entity != "apos") {
            wrong("an entity is not declared");
        }
        at_ += length + 1;
    }

    static char32_t char_reference(std::string_view digits) {
        const bool hex = digits.starts_with('x');
        if (hex) digits.remove_prefix(1);
        char32_t point = 0;
        if (digits.empty() || digits.size() > 8) wrong("a character reference is malformed");
        for (const char c : digits) {
            const char32_t value = c >= '0' && c <= '9' ? static_cast<char32_t>(c - '0')
                                   : hex && (c | 32) >= 'a' && (c | 32) <= 'f'
                                       ? static_cast<char32_t>((c | 32) - 'a' + 10)
                                       : 99;
            if (value == 99) wrong("a character reference is malformed");
            point = point * (hex ? 16 : 10) + value;
        }
        if (!is_xml_char(point)) wrong("a character reference names a character that XML does not allow");
        return point;
    }

    Attribute attribute() {
        const auto attribute_name = qualified_name();
        skip_space();
        expect("=");
        skip_space();
        if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\''))
            wrong("an attribute's value is not quoted");
        const char quote = text_[at_++];
        const auto start = at_;
        while (at_ < text_.size() && text_[at_] != quote) {
            if (text_[at_] == '<') wrong("an attribute's value has a '<'");
            if (text_[at_] == '&') {
                reference();
            } else {
                character();
            }
        }
        if (at_ == text_.size()) wrong("an attribute's value is not closed");
        ++at_;
        count_node();
        return {attribute_name, text_.substr(start, at_ - 1 - start)};
    }

    void content() {
        do {
            if (looking_at("<!--")) {
                comment();
                count_node();
            } else if (looking_at("<![CDATA[")) {
                const auto end = find("]]>");
                if (end == std::string_view::npos) wrong("a CDATA section is not closed");
                at_ += 9;
                characters(end);
                at_ = end + 3;
                count_node();
            } else if (looking_at("<?")) {
                instruction();
            } else if (looking_at("<!")) {
                wrong("a declaration is inside the document");
            } else if (looking_at("</")) {
                end_tag();
            } else if (looking_at("<")) {
                start_tag();
            } else {
                text();
            }
        } while (!open_.empty());
    }

    void text() {
        if (at_ == text_.size()) wrong("an element is not closed");
        count_node();
        while (at_ < text_.size() && text_[at_] != '<') {
            if (text_[at_] == '&') {
                reference();
            } else if (text_[at_] == ']' && looking_at("]]>")) {
                wrong("\"]]>\" is in text");
            } else {
                character();
            }
        }
    }

    void start_tag() {
        ++at_;
        const auto element = qualified_name();
        count_node();
        attributes_.clear();
        for (;;) {
            const bool space = skip_space();
            if (looking_at(">") || looking_at("/>")) break;
            if (!space) wrong("attributes are not separated");
            attributes_.push_back(attribute());
            if (attributes_.size() > limits_.attributes)
                wrong("an element has more than " + std::to_string(limits_.attributes) + " attributes");
        }
        if (open_.size() >= limits_.depth)
            wrong("it is nested deeper than " + std::to_string(limits_.depth) + " levels");
        open_.push_back(element);
        scope_.enter();
        bind_namespaces();
        check_names(element);
        if (looking_at("/>")) {
            at_ += 2;
            close();
        } else {
            ++at_;
        }
    }

    void end_tag() {
        at_ += 2;
        const auto element = qualified_name();
        if (open_.empty() || open_.back() != element) wrong("the end tag " + quoted(element) + " closes nothing");
        skip_space();
        expect(">");
        close();
    }

    void close() {
        scope_.leave();
        open_.pop_back();
    }

    /// Namespaces in XML 1.0, 3, and the constraints on "xml" and "xmlns".
    void bind_namespaces() {
        for (const auto& [attribute_name, written] : attributes_) {
            const bool declares = attribute_name == "xmlns" || prefix_part(attribute_name) == "xmlns";
            const auto value = declares ? normalized(written) : written;
            if (attribute_name == "xmlns") {
                if (value == xml_namespace || value == xmlns_namespace)
                    wrong("a reserved namespace is made the default");
                declare("", value);
            } else if (prefix_part(attribute_name) == "xmlns") {
                const auto prefix = local_of(attribute_name);
                if (value.empty()) wrong("the prefix " + quoted(prefix) + " is bound to nothing");
                if (prefix == "xmlns" || value == xmlns_namespace || (prefix == "xml") != (value == xml_namespace))
                    wrong("a reserved prefix or namespace is bound");
                declare(prefix, value);
            } else if (attribute_name == Scope::language && value.size() > limits_.name_bytes) {
                wrong("an xml:lang is longer than " + std::to_string(limits_.name_bytes) + " bytes");
            }
        }
    }

    /// The normalised value: references are replaced, and white space becomes blanks (XML 1.0, 3.3.3). Thus a namespace
    /// that is written in two ways remains one namespace. `reference()` has checked the references.
    std::string_view normalized(std::string_view value) {
        if (value.find_first_of("&\t\n\r") == std::string_view::npos) return value;
        steps_ += value.size();
        auto& text = normalized_.emplace_back();
        for (std::size_t at = 0; at < value.size(); ++at) {
            if (value.substr(at).starts_with("\r\n")) continue;  // one blank, made by the line feed
            if (is_xml_space(value[at])) {
                text += ' ';
            } else if (value[at] == '&') {
                const auto end = value.find(';', at);
                append_utf8(text, character_of(value.substr(at + 1, end - at - 1)));
                at = end;
            } else {
                text += value[at];
            }
        }
        return text;
    }

    /// The character that a checked reference represents.
    static char32_t character_of(std::string_view entity) {
        if (entity == "amp") return U'&';
        if (entity == "lt") return U'<';
        if (entity == "gt") return U'>';
        if (entity == "quot") return U'"';
        if (entity == "apos") return U'\'';
        return char_reference(entity.substr(1));
    }

    /// Writers repeat a namespace with every property that uses it, so both its length and the number of namespaces
    /// count.
    void declare(std::string_view prefix, std::string_view ns) {
        if (ns.size() > limits_.name_bytes)
            wrong("the name of a namespace is longer than " + std::to_string(limits_.name_bytes) + " bytes");
        if (scope_.declarations() == limits_.declarations)
            wrong("more than " + std::to_string(limits_.declarations) + " namespace declarations are in scope at once");
        scope_.declare(prefix, ns);
    }

    std::string_view resolve(std::string_view prefix) const {
        if (prefix == "xml") return xml_namespace;
        if (const auto* binding = scope_.find(prefix)) return binding->ns;
        if (!limits_.declared_prefixes) return prefix;
        wrong("the prefix " + quoted(prefix) + " is not declared");
    }

    /// The same number for the same namespace. Attributes are compared by it and not by long texts.
    std::size_t number_of(std::string_view ns) {
        ++steps_;
        return numbers_.try_emplace(ns, numbers_.size()).first->second;
    }

    void check_names(std::string_view element) {
        if (const auto prefix = prefix_part(element); !prefix.empty()) {
            if (prefix == "xmlns") wrong("an element has the prefix \"xmlns\"");
            resolve(prefix);
        }
        if (attributes_.size() > 1) check_attributes_differ();
        if (attributes_.size() == 1)
            if (const auto prefix = prefix_part(attributes_[0].name); !prefix.empty() && prefix != "xmlns")
                resolve(prefix);
    }

    void check_attributes_differ() {
        expanded_.clear();
        for (const auto& [attribute_name, value] : attributes_) {
            const auto prefix = prefix_part(attribute_name);
            const auto ns = prefix.empty() ? std::string_view() : prefix == "xmlns" ? xmlns_namespace : resolve(prefix);
            expanded_.emplace_back(number_of(ns), local_of(attribute_name));
        }
        std::ranges::sort(expanded_, [&](const auto& a, const auto& b) {
            ++steps_;
            return a < b;
        });
        if (std::ranges::adjacent_find(expanded_) != expanded_.end()) wrong("an attribute is given twice");
    }

    std::string_view text_;
    const Limits& limits_;
    std::size_t at_ = 0;
    std::size_t nodes_ = 0;
    std::uint64_t steps_ = 0;  ///< in addition to those that move `at_`
    std::vector<std::string_view> open_;
    Scope scope_;
    std::deque<std::string> normalized_;               ///< values that differ from their text in the body
    std::map<std::string_view, std::size_t> numbers_;  ///< of the namespaces of attributes
    std::vector<Attribute> attributes_;
    std::vector<std::pair<std::size_t, std::string_view>> expanded_;
};

}  // namespace

Result<void> check_well_formed(std::string_view text, const Limits& limits) {
    return Checker(text, limits).check();
}

}  // namespace davit::xml
