#include "davit/xml/bodies.hpp"

#include <set>

#include "document.hpp"

namespace davit::xml {
namespace {

std::unexpected<Failure> bad(std::string sentence) {
    return fail(FailureCode::bad_xml, std::move(sentence));
}

/// Reads the document and passes its root to `visit`, which returns a Result<void>.
template <typename Visit>
Result<void> walk(const Document& document, const Limits& limits, Visit visit) {
    auto walked = document.walk(visit);
    if (limits.steps) *limits.steps += document.steps();
    return walked;
}

Result<void> check_root(const ScopedElement& root, std::string_view local) {
    if (root.is_dav(local)) return {};
    return fail(FailureCode::unprocessable, "The root element must be DAV:" + std::string(local) + ".");
}

/// Adds the names of child elements that are not yet in the list, and keeps the order.
class NameCollector {
public:
    explicit NameCollector(const Limits& limits) : limits_(limits) {}

    Result<void> add(const ScopedElement& prop) {
        prop.each([&](const ScopedElement& element) {
            if (++asked_ > limits_.asked_names) return;
            auto name = element.name();
            if (seen_.insert(name).second) names.push_back(std::move(name));
        });
        if (asked_ > limits_.asked_names)
            return bad("More than " + std::to_string(limits_.asked_names) + " properties are asked for.");
        return {};
    }

    std::vector<PropertyName> names;

private:
    const Limits& limits_;
    std::size_t asked_ = 0;
    std::set<PropertyName> seen_;
};

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == text.npos;
}

/// True when the node contains neither elements nor text.
bool is_blank(const pugi::xml_node& node) {
    for (const auto child : node.children()) {
        const bool text = child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata;
        if (child.type() == pugi::node_element || (text && !is_blank(std::string_view(child.value())))) return false;
    }
    return true;
}

/// Reads the instructions of a DAV:propertyupdate or DAV:mkcol.
class UpdateReader {
public:
    UpdateReader(std::size_t body_bytes, const Limits& limits)
        : limits_(limits), written_max_(2 * body_bytes + (std::size_t{1} << 20)) {}

    Result<void> add(const ScopedElement& instruction, bool set) {
        bool prop_seen = false;
        instruction.each([&](const ScopedElement& prop) {
            if (!prop.is_dav("prop")) return;
            prop_seen = true;
            prop.each([&](const ScopedElement& element) {
                if (update.size() > limits_.names || written_ > written_max_) return;
                if (set) {
                    update.emplace_back(set_instruction(element));
                } else {
                    update.emplace_back(RemoveProperty{element.name()});
                }
            });
        });
        if (!prop_seen) return bad("DAV:set and DAV:remove must hold DAV:prop.");
        if (update.size() > limits_.names)
            return bad("More than " + std::to_string(limits_.names) + " properties are changed at once.");
        if (written_ > written_max_)
            return bad("The properties are far longer than the body when each declares the namespaces it uses.");
        return {};
    }

    PropertyUpdate update;

private:
    SetProperty set_instruction(const ScopedElement& element) {
        SetProperty set{{element.name(), {}}, {}};
        auto text = element.self_contained(limits_.value_bytes);
        set.oversized = !text;
        if (!text) return set;
        written_ += text->size();
        if (limits_.steps) *limits_.steps += text->size();
        set.property.xml = std::move(*text);
        for (const auto child : element.node().children())
            if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) set.text += child.value();
        element.each([&](const ScopedElement& child) {
            set.has_elements = true;
            // Two resource types, or one with content, are ambiguous.
            const bool plain = child.is_dav("collection") && !set.names_collection && is_blank(child.node());
            (plain ? set.names_collection : set.names_others) = true;
        });
        if (!is_blank(set.text)) set.names_others = true;
        return set;
    }

    const Limits& limits_;
    std::size_t written_ = 0;
    std::size_t written_max_;  ///< the writer repeats inherited declarations for each property
};

/// The single DAV: element inside `parent`, such as exclusive in lockscope.
std::string choice(const ScopedElement& parent) {
    std::string found;
    parent.each([&](const ScopedElement& element) {
        if (!found.empty()) return;
        auto name = element.name();
        if (name.ns == dav_namespace) found = std::move(name.local);
    });
    return found;
}

/// The content of a DAV:lockinfo before it is checked. Of each element the first counts.
struct LockWords {
    std::optional<std::string> scope, type, owner;
    bool two_scopes = false;
};

void read_scope(const ScopedElement& element, LockWords& words) {
    if (words.scope) return;
    bool exclusive = false;
    bool shared = false;
    element.each([&](const ScopedElement& child) {
        exclusive = exclusive || child.is_dav("exclusive");
        shared = shared || child.is_dav("shared");
    });
    words.scope = choice(element);
    words.two_scopes = exclusive && shared;
}

LockWords read_lock_words(const ScopedElement& root, std::size_t owner_bytes) {
    LockWords words;
    root.each([&](const ScopedElement& element) {
        if (element.is_dav("lockscope")) read_scope(element, words);
        if (element.is_dav("locktype") && !words.type) words.type = choice(element);
        if (element.is_dav("owner") && !words.owner) words.owner = element.self_contained(owner_bytes).value_or("");
    });
    return words;
}

}  // namespace

Result<PropfindBody> parse_propfind(std::string_view body, const Limits& limits) {
    PropfindBody asked;
    if (body.empty()) return asked;
    const auto document = Document::read(body, limits);
    if (!document) return std::unexpected(document.error());
    int kinds = 0;
    bool include = false;
    NameCollector collector(limits);
    auto taken = walk(*document, limits, [&](const ScopedElement& root) {
        auto good = check_root(root, "propfind");
        const auto kind = [&](PropfindKind of) {
            asked.kind = of;
            ++kinds;
        };
        if (good)
            root.each([&](const ScopedElement& element) {
                const bool prop = element.is_dav("prop");
                const bool included = element.is_dav("include");
                if (element.is_dav("allprop")) kind(PropfindKind::allprop);
                if (element.is_dav("propname")) kind(PropfindKind::propname);
                if (prop) kind(PropfindKind::prop);
                include = include || included;
                if (good && (prop || included)) good = collector.add(element);
            });
        return good;
    });
    if (!taken) return std::unexpected(std::move(taken.error()));
    if (kinds != 1) return bad("DAV:propfind must hold exactly one of DAV:prop, DAV:allprop and DAV:propname.");
    if (include && asked.kind != PropfindKind::allprop) return bad("DAV:include goes with DAV:allprop only.");
    asked.names = std::move(collector.names);
    return asked;
}

Result<PropertyUpdate> parse_propertyupdate(std::string_view body, const Limits& limits) {
    const auto document = Document::read(body, limits);
    if (!document) return std::unexpected(document.error());
    UpdateReader reader(body.size(), limits);
    auto taken = walk(*document, limits, [&](const ScopedElement& root) {
        auto good = check_root(root, "propertyupdate");
        if (good)
            root.each([&](const ScopedElement& element) {
                const bool set = element.is_dav("set");
                if (good && (set || element.is_dav("remove"))) good = reader.add(element, set);
            });
        return good;
    });
    if (!taken) return std::unexpected(std::move(taken.error()));
    if (reader.update.empty()) return bad("DAV:propertyupdate names no property to set or remove.");
    return std::move(reader.update);
}

Result<LockInfo> parse_lockinfo(std::string_view body, const Limits& limits) {
    const auto document = Document::read(body, limits);
    if (!document) return std::unexpected(document.error());
    LockWords words;
    auto taken = walk(*document, limits, [&](const ScopedElement& root) {
        auto good = check_root(root, "lockinfo");
        if (good) words = read_lock_words(root, limits.value_bytes);
        return good;
    });
    if (!taken) return std::unexpected(std::move(taken.error()));
    if (words.two_scopes) return bad("DAV:lockscope must hold either DAV:exclusive or DAV:shared.");
    const auto scope = words.scope.value_or("");
    const auto type = words.type.value_or("");
    if (scope.empty() || type.empty()) return bad("DAV:lockinfo must hold DAV:lockscope and DAV:locktype.");
    if (type != "write") return fail(FailureCode::unsupported_lock, "Only write locks exist here.");
    if (scope != "exclusive" && scope != "shared")
        return fail(FailureCode::unsupported_lock, "A lock's scope is exclusive or shared.");
    return LockInfo{scope == "exclusive" ? LockScope::exclusive : LockScope::shared, words.owner.value_or("")};
}

Result<PropertyUpdate> parse_mkcol(std::string_view body, const Limits& limits) {
    const auto document = Document::read(body, limits);
    if (!document) return std::unexpected(document.error());
    UpdateReader reader(body.size(), limits);
    auto taken = walk(*document, limits, [&](const ScopedElement& root) -> Result<void> {
        if (!root.is_dav("mkcol"))
            return fail(FailureCode::unsupported_media, "MKCOL understands only a DAV:mkcol body (RFC 5689).");
        Result<void> good;
        root.each([&](const ScopedElement& element) {
            if (good && element.is_dav("set")) good = reader.add(element, true);
        });
        return good;
    });
    if (!taken) return std::unexpected(std::move(taken.error()));
    return std::move(reader.update);
}

}  // namespace davit::xml
