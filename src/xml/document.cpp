#include "document.hpp"

#include <algorithm>
#include <new>
#include <vector>

#include "davit/xml/well_formed.hpp"
#include "davit/xml/writer.hpp"

namespace davit::xml {
namespace {

constexpr unsigned parse_flags = pugi::parse_ws_pcdata | pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol |
                                 pugi::parse_wconv_attribute | pugi::parse_comments | pugi::parse_pi;

std::string_view prefix_of(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string declaration_name(std::string_view prefix) {
    return prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
}

/// What `prefix` is bound to at `element`; "" for an undeclared default.
std::string_view lookup(pugi::xml_node element, std::string_view prefix) {
    if (prefix == "xml") return "http://www.w3.org/XML/1998/namespace";
    const auto wanted = declaration_name(prefix);
    for (auto node = element; node; node = node.parent())
        if (const auto declared = node.attribute(wanted.c_str())) return declared.value();
    return {};
}

bool declared_within(pugi::xml_node element, pugi::xml_node top, std::string_view prefix) {
    const auto wanted = declaration_name(prefix);
    for (auto node = element;; node = node.parent()) {
        if (node.attribute(wanted.c_str())) return true;
        if (node == top) return false;
    }
}

class Serialiser {
public:
    explicit Serialiser(pugi::xml_node top) : top_(top) {}

    std::string write() {
        collect(top_);
        element(top_);
        return std::move(out_);
    }

private:
    /// Prefixes used in the element and bound only outside of it.
    void collect(pugi::xml_node node) {
        need(node, prefix_of(node.name()));
        for (const auto attribute : node.attributes()) {
            const auto prefix = prefix_of(attribute.name());
            if (!prefix.empty() && prefix != "xmlns" && prefix != "xml") need(node, prefix);
        }
        for (const auto child : node.children())
            if (child.type() == pugi::node_element) collect(child);
    }

    void need(pugi::xml_node node, std::string_view prefix) {
        if (prefix == "xml" || declared_within(node, top_, prefix)) return;
        if (prefix.empty() && lookup(top_, prefix).empty()) return;
        if (std::ranges::find(needed_, prefix) == needed_.end()) needed_.emplace_back(prefix);
    }

    void element(pugi::xml_node node) {
        (out_ += '<') += node.name();
        if (node == top_) inherited();
        for (const auto attribute : node.attributes()) write_attribute(attribute.name(), attribute.value());
        if (!node.first_child()) {
            out_ += "/>";
            return;
        }
        out_ += '>';
        for (const auto child : node.children()) write_child(child);
        ((out_ += "</") += node.name()) += '>';
    }

    void inherited() {
        for (const auto& prefix : needed_) write_attribute(declaration_name(prefix), lookup(top_, prefix));
        if (top_.attribute("xml:lang")) return;
        for (auto node = top_.parent(); node; node = node.parent()) {
            if (const auto lang = node.attribute("xml:lang")) {
                write_attribute("xml:lang", lang.value());
                return;
            }
        }
    }

    void write_attribute(std::string_view name, std::string_view value) {
        ((out_ += ' ') += name) += "=\"";
        append_escaped_attribute(out_, value);
        out_ += '"';
    }

    void write_child(pugi::xml_node child) {
        switch (child.type()) {
            case pugi::node_element:
                element(child);
                break;
            case pugi::node_pcdata:
            case pugi::node_cdata:
                append_escaped_text(out_, child.value());
                break;
            case pugi::node_comment:
                ((out_ += "<!--") += child.value()) += "-->";
                break;
            case pugi::node_pi:
                (out_ += "<?") += child.name();
                if (*child.value()) (out_ += ' ') += child.value();
                out_ += "?>";
                break;
            default:
                break;
        }
    }

    pugi::xml_node top_;
    std::vector<std::string> needed_;
    std::string out_;
};

}  // namespace

Result<Document> Document::read(std::string_view body, const Limits& limits) {
    const auto text = to_utf8(body);
    if (!text) return std::unexpected(text.error());
    if (auto sound = check_well_formed(*text, limits); !sound) return std::unexpected(std::move(sound.error()));
    Document document;
    document.tree_ = std::make_unique<pugi::xml_document>();
    const auto parsed = document.tree_->load_buffer(text->data(), text->size(), parse_flags, pugi::encoding_utf8);
    if (parsed.status == pugi::status_out_of_memory) throw std::bad_alloc();
    if (!parsed)
        return fail(FailureCode::bad_xml, std::string("The XML body is not acceptable: ") + parsed.description() + ".");
    return document;
}

PropertyName expanded_name(pugi::xml_node element) {
    const std::string_view name = element.name();
    const auto prefix = prefix_of(name);
    return {std::string(lookup(element, prefix)), std::string(prefix.empty() ? name : name.substr(prefix.size() + 1))};
}

bool is_dav(pugi::xml_node element, std::string_view local) {
    return element.type() == pugi::node_element && expanded_name(element).is(dav_namespace, local);
}

pugi::xml_node dav_child(pugi::xml_node parent, std::string_view local) {
    return parent.find_child([&](pugi::xml_node child) { return is_dav(child, local); });
}

std::string self_contained(pugi::xml_node element) {
    return Serialiser(element).write();
}

}  // namespace davit::xml
