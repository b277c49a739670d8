#include "self_contained.hpp"

#include <set>
#include <vector>

#include "davit/xml/writer.hpp"

namespace davit::xml {
namespace {

/// Allowance for the tags of an element whose content has the maximum length.
constexpr std::size_t tag_bytes = 64 * 1024;

std::string_view used_prefix(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

/// A character at any position of a name. Every byte of a character beyond ASCII counts as one.
bool is_prefix_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

/// Thrown inside the writer only, when the text exceeds its limit.
struct TooLong {};

class SelfContainedWriter {
public:
    SelfContainedWriter(pugi::xml_node top, Scope& scope, std::size_t content_bytes)
        : top_(top), scope_(scope), top_level_(scope.level()), content_bytes_(content_bytes) {}

    std::optional<std::string> write() {
        try {
            collect(top_);
            element(top_);
            return std::move(out_);
        } catch (const TooLong&) {
            return std::nullopt;
        }
    }

private:
    /// Finds the prefixes that the element uses, in names or in text, and that are declared only outside of it. The
    /// scope has entered `node`.
    void collect(pugi::xml_node node) {
        need(used_prefix(node.name()));
        for (const auto attribute : node.attributes()) {
            const auto prefix = used_prefix(attribute.name());
            if (!prefix.empty() && prefix != "xmlns") need(prefix);
            need_all_in(attribute.value());
        }
        for (const auto child : node.children()) {
            if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) need_all_in(child.value());
            if (child.type() != pugi::node_element) continue;
            scope_.enter();
            declare_all(child, scope_);
            collect(child);
            scope_.leave();
        }
    }

    /// Text can contain qualified names too (xsi:type="xs:date", an XPath), and only its reader knows. So the writer
    /// keeps the declaration of every prefix in text that looks like one.
    void need_all_in(std::string_view text) {
        for (auto colon = text.find(':'); colon != text.npos; colon = text.find(':', colon + 1)) {
            auto begin = colon;
            while (begin > 0 && is_prefix_char(text[begin - 1])) --begin;
            if (begin < colon) need(text.substr(begin, colon - begin));
        }
    }

    void need(std::string_view prefix) {
        const auto* binding = scope_.find(prefix);
        if (!binding || binding->level >= top_level_ || prefix == "xml") return;
        if (prefix.empty() && binding->ns.empty()) return;
        if (seen_.insert(prefix).second) needed_.push_back({prefix, binding->ns});
    }

    /// Called before `more` bytes are added, so that a long text that is refused costs nothing.
    void make_room(std::size_t more) const {
        if (out_.size() + more > content_bytes_ + tag_bytes) throw TooLong();
    }
    void check_content() const {
        if (out_.size() - content_begin_ > content_bytes_) throw TooLong();
    }

    void element(pugi::xml_node node) {
        const std::string_view name = node.name();
        make_room(2 * name.size());
        (out_ += '<') += name;
        if (node == top_) inherited();
        for (const auto attribute : node.attributes()) write_attribute(attribute.name(), attribute.value());
        if (!node.first_child()) {
            out_ += "/>";
            return;
        }
        out_ += '>';
        if (node == top_) content_begin_ = out_.size();
        for (const auto child : node.children()) {
            write_child(child);
            if (content_begin_ > 0) check_content();
        }
        ((out_ += "</") += name) += '>';
    }

    void inherited() {
        for (const auto& [prefix, ns] : needed_) write_attribute(prefix.empty() ? "xmlns" : "xmlns:", prefix, ns);
        const auto* language = scope_.find(Scope::language);
        if (language && language->level < top_level_) write_attribute(Scope::language, language->ns);
    }

    void write_attribute(std::string_view name, std::string_view value) { write_attribute(name, {}, value); }
    void write_attribute(std::string_view name, std::string_view rest, std::string_view value) {
        make_room(name.size() + rest.size() + value.size());
        (((out_ += ' ') += name) += rest) += "=\"";
        append_escaped_attribute(out_, value);
        out_ += '"';
    }

    void write_child(pugi::xml_node child) {
        const std::string_view value = child.value();
        make_room(value.size());
        switch (child.type()) {
            case pugi::node_element:
                element(child);
                break;
            case pugi::node_pcdata:
            case pugi::node_cdata:
                append_escaped_text(out_, value);
                break;
            case pugi::node_comment:
                ((out_ += "<!--") += value) += "-->";
                break;
            case pugi::node_pi:
                (out_ += "<?") += child.name();
                if (!value.empty()) (out_ += ' ') += value;
                out_ += "?>";
                break;
            default:
                break;
        }
    }

    struct Needed {
        std::string_view prefix, ns;
    };
    pugi::xml_node top_;
    Scope& scope_;
    std::size_t top_level_;
    std::size_t content_bytes_;
    std::size_t content_begin_ = 0;  ///< 0 until the start tag of the top element has been written
    std::set<std::string_view> seen_;
    std::vector<Needed> needed_;  ///< in the order of first use
    std::string out_;
};

}  // namespace

void declare_all(pugi::xml_node node, Scope& scope) {
    for (const auto attribute : node.attributes()) {
        const std::string_view name = attribute.name();
        if (name == "xmlns") scope.declare("", attribute.value());
        if (name.starts_with("xmlns:")) scope.declare(name.substr(6), attribute.value());
        if (name == Scope::language) scope.declare(Scope::language, attribute.value());
    }
}

std::optional<std::string> write_self_contained(pugi::xml_node top, Scope& scope, std::size_t content_bytes) {
    return SelfContainedWriter(top, scope, content_bytes).write();
}

}  // namespace davit::xml
