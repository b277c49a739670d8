#pragma once
// A checked body as a tree. Only here does pugixml parse.
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "davit/core/failure.hpp"
#include "davit/core/property.hpp"
#include "davit/xml/bodies.hpp"
#include "scope.hpp"

namespace davit::xml {

/// An element during a walk from the root, with the namespaces in scope. Valid until the visit that received it ends.
class ScopedElement {
public:
    /// Enters `node`, a child of the element of this scope.
    ScopedElement(pugi::xml_node node, Scope& scope);
    ScopedElement(const ScopedElement&) = delete;
    ScopedElement& operator=(const ScopedElement&) = delete;
    ~ScopedElement() { scope_.leave(); }

    pugi::xml_node node() const { return node_; }
    PropertyName name() const;
    bool is_dav(std::string_view local) const;

    /// Calls `visit(const ScopedElement&)` for each child element, in document order.
    template <typename Visit>
    void each(Visit visit) const {
        for (const auto child : node_.children()) {
            if (child.type() != pugi::node_element) continue;
            const ScopedElement element(child, scope_);
            visit(element);
        }
    }

    /// The element as self-contained text, with the declarations and xml:lang in scope written on it (RFC 4918, 4.3).
    /// Returns nothing when it would exceed `content_bytes` between its tags, or that plus 64 KiB in total.
    std::optional<std::string> self_contained(std::size_t content_bytes) const;

private:
    pugi::xml_node node_;
    Scope& scope_;
};

class Document {
public:
    static Result<Document> read(std::string_view body, const Limits& limits);
    pugi::xml_node root() const { return tree_->document_element(); }
    /// Calls `visit(const ScopedElement&)` with the root and returns the result.
    template <typename Visit>
    auto walk(Visit visit) const {
        const ScopedElement element(root(), *scope_);
        return visit(element);
    }
    std::uint64_t steps() const { return scope_->steps(); }

private:
    std::unique_ptr<std::string> text_;  ///< the text that the tree refers to
    std::unique_ptr<pugi::xml_document> tree_;
    std::unique_ptr<Scope> scope_;
};

// For readers of responses. They read a few elements near the root, so each call searches the declarations above.

/// The expanded name of an element, by the declarations on it and on its ancestors.
PropertyName expanded_name(pugi::xml_node element);
bool is_dav(pugi::xml_node element, std::string_view local);
/// The first DAV: child of that name; null when there is none.
pugi::xml_node dav_child(pugi::xml_node parent, std::string_view local);

}  // namespace davit::xml
