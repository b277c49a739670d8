#include "document.hpp"

#include <new>

#include "davit/xml/well_formed.hpp"
#include "self_contained.hpp"

namespace davit::xml {
namespace {

constexpr std::string_view namespace_of_xml = "http://www.w3.org/XML/1998/namespace";
constexpr unsigned parse_flags = pugi::parse_ws_pcdata | pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol |
                                 pugi::parse_wconv_attribute | pugi::parse_comments | pugi::parse_pi;

std::string_view prefix_of(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string local_after(std::string_view prefix, std::string_view name) {
    return std::string(prefix.empty() ? name : name.substr(prefix.size() + 1));
}

/// The namespace of `prefix` at `element`; "" for an undeclared default.
std::string_view lookup(pugi::xml_node element, std::string_view prefix) {
    if (prefix == "xml") return namespace_of_xml;
    const auto wanted = prefix.empty() ? std::string("xmlns") : "xmlns:" + std::string(prefix);
    for (auto node = element; node; node = node.parent())
        if (const auto declared = node.attribute(wanted.c_str())) return declared.value();
    return {};
}

}  // namespace

ScopedElement::ScopedElement(pugi::xml_node node, Scope& scope) : node_(node), scope_(scope) {
    scope_.enter();
    declare_all(node_, scope_);
}

PropertyName ScopedElement::name() const {
    const std::string_view written = node_.name();
    const auto prefix = prefix_of(written);
    if (prefix == "xml") return {std::string(namespace_of_xml), local_after(prefix, written)};
    const auto* binding = scope_.find(prefix);
    return {binding ? std::string(binding->ns) : std::string(), local_after(prefix, written)};
}

bool ScopedElement::is_dav(std::string_view local) const {
    const std::string_view written = node_.name();
    const auto prefix = prefix_of(written);
    if (written.substr(prefix.empty() ? 0 : prefix.size() + 1) != local) return false;
    const auto* binding = scope_.find(prefix);
    return binding && binding->ns == dav_namespace;
}

std::optional<std::string> ScopedElement::self_contained(std::size_t content_bytes) const {
    return write_self_contained(node_, scope_, content_bytes);
}

Result<Document> Document::read(std::string_view body, const Limits& limits) {
    auto text = to_utf8(body);
    if (!text) return std::unexpected(text.error());
    if (auto sound = check_well_formed(*text, limits); !sound) return std::unexpected(std::move(sound.error()));
    Document document;
    document.text_ = std::make_unique<std::string>(std::move(*text));
    document.tree_ = std::make_unique<pugi::xml_document>();
    document.scope_ = std::make_unique<Scope>();
    const auto parsed = document.tree_->load_buffer_inplace(document.text_->data(), document.text_->size(), parse_flags,
                                                            pugi::encoding_utf8);
    if (parsed.status == pugi::status_out_of_memory) throw std::bad_alloc();
    if (!parsed)
        return fail(FailureCode::bad_xml, std::string("The XML body is not acceptable: ") + parsed.description() + ".");
    return document;
}

PropertyName expanded_name(pugi::xml_node element) {
    const std::string_view name = element.name();
    const auto prefix = prefix_of(name);
    return {std::string(lookup(element, prefix)), local_after(prefix, name)};
}

bool is_dav(pugi::xml_node element, std::string_view local) {
    return element.type() == pugi::node_element && expanded_name(element).is(dav_namespace, local);
}

pugi::xml_node dav_child(pugi::xml_node parent, std::string_view local) {
    return parent.find_child([&](pugi::xml_node child) { return is_dav(child, local); });
}

}  // namespace davit::xml
