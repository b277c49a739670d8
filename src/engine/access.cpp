#include "davit/engine/access.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace davit::engine {
namespace {

constexpr std::string_view own_name = "{user}";
constexpr std::string_view everybody = "anonymous";
constexpr std::size_t longest_path = 4096;  ///< PATH_MAX

bool is_for(std::string_view user, const Identity* who) {
    if (user == everybody) return true;
    if (!who) return false;
    if (user == "*") return true;
    if (user.starts_with('@')) return who->in_group(user.substr(1));
    return user == who->name;
}

/// Removes the first segment of `path`, with its slash, and returns it.
std::string_view take_segment(std::string_view& path) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
    return segment;
}

/// A name that contains a slash is no directory's name.
bool can_be_segment(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos;
}

}  // namespace

/// Owns the text that it must normalise; nearly always none.
struct AccessRules::Question {
    Question(const Identity* asker, const ResourcePath& path, NameForm form) : who(asker), folder(path.str()) {
        if (form && std::ranges::any_of(folder, [](unsigned char c) { return c >= 0x80; }))
            folder = folder_again = form(folder);
        // If no directory can have the user's name, "{user}" matches nothing.
        if (who && can_be_segment(who->name)) own = who->name;
    }
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

    const Identity* who;
    std::string_view folder;
    std::string_view own;  ///< the value of "{user}", byte for byte; "": matches nothing

    bool is_own(std::string_view segment) const { return !own.empty() && segment == own; }

private:
    std::string folder_again;
};

/// All rules for one directory, whether a rule names it literally or by "{user}". Each node belongs to one directory of
/// a user, so visiting all of them visits the rules once.
struct AccessRules::Nodes {
    const Node* first = nullptr;
    std::vector<const Node*> others;  ///< nearly always none

    void add(const Node* node) {
        if (!first)
            first = node;
        else
            others.push_back(node);
    }
    template <typename Visit>
    void each(Visit visit) const {
        if (first) visit(*first);
        for (const auto* node : others) visit(*node);
    }
    /// The member with this name. `own`: it is the requesting user's own.
    Nodes member(std::string_view name, bool own) const {
        Nodes found;
        each([&](const Node& node) {
            const auto at = node.members.find(name);
            if (at != node.members.end()) found.add(at->second.get());
            if (own && node.own) found.add(node.own.get());
        });
        return found;
    }
    /// The rights that the rules naming this directory give; nothing when no rule names it.
    std::optional<Rights> decide(const Identity* who) const {
        std::optional<Rights> rights;
        each([&](const Node& node) {
            for (const auto& grant : node.grants)
                rights = rights.value_or(Rights()) | (is_for(grant.user, who) ? grant.rights : Rights());
        });
        return rights;
    }
};

std::expected<AccessRulesPtr, std::string> AccessRules::make(const std::vector<AccessRule>& rules, NameForm form) {
    auto made = std::make_shared<AccessRules>();
    made->form_ = form;
    for (const auto& rule : rules) {
        if (!rule.path.starts_with('/')) return std::unexpected("a rule's path begins with a slash");
        if (rule.path.size() > longest_path) return std::unexpected("a path of that length leads nowhere");
        const auto path = ResourcePath::from_decoded(rule.path);
        if (!path) return std::unexpected(std::string(explain(path.error())));
        if (rule.users.empty()) return std::unexpected("a rule without users has no effect");
        for (const auto& user : rule.users)
            if (user.empty() || user == "@") return std::unexpected("a user or group without a name");
        made->add(rule, *path);
    }
    return made;
}

void AccessRules::add(const AccessRule& rule, const ResourcePath& path) {
    const Question named(nullptr, path, form_);
    auto* node = &root_;
    for (auto rest = named.folder; !rest.empty();) {
        const auto segment = take_segment(rest);
        name_users_ |= segment == own_name;
        auto& member = segment == own_name ? node->own : node->members[std::string(segment)];
        if (!member) member = std::make_unique<Node>();
        node = member.get();
    }
    for (const auto& user : rule.users) {
        name_users_ |= user != everybody;
        node->grants.push_back({user, rule.allow, written_.size()});
    }
    written_.push_back(rule);
}

AccessRules::Nodes AccessRules::top() const {
    Nodes nodes;
    nodes.add(&root_);
    return nodes;
}

/// Walks from the top to the directory. Returns all rules for it, and the rights of the deepest rule on the way.
std::pair<AccessRules::Nodes, Rights> AccessRules::walk(Nodes nodes, const Question& question) {
    auto rights = nodes.decide(question.who).value_or(Rights());
    for (auto rest = question.folder; !rest.empty() && nodes.first;) {
        const auto segment = take_segment(rest);
        nodes = nodes.member(segment, question.is_own(segment));
        rights = nodes.decide(question.who).value_or(rights);
    }
    return {std::move(nodes), rights};
}

/// Visits every directory below that rules name or lead to, with its name. The user's own comes last if it has no other
/// name.
template <typename Visit>
void AccessRules::each_member(const Nodes& nodes, const Question& question, Visit visit) {
    std::vector<const Node*> seen;
    bool own_seen = question.own.empty();
    nodes.each([&](const Node& node) {
        for (const auto& [name, member] : node.members) {
            if (std::ranges::any_of(seen, [&](const Node* other) { return other->members.contains(name); })) continue;
            const bool own = question.is_own(name);
            own_seen |= own;
            visit(std::string_view(name), nodes.member(name, own));
        }
        seen.push_back(&node);
    });
    if (!own_seen) visit(question.own, nodes.member(question.own, true));
}

/// The part of `held` that every rule below leaves.
Rights AccessRules::held_below(const Nodes& nodes, const Question& question, Rights held) {
    if (!nodes.first) return held;
    each_member(nodes, question, [&](std::string_view, const Nodes& member) {
        held = held_below(member, question, held & member.decide(question.who).value_or(held));
    });
    return held;
}

std::pair<AccessRules::Nodes, AccessRules::Nodes> AccessRules::walk_to_decision(Nodes nodes, const Question& question) {
    Nodes decided;
    if (nodes.decide(question.who)) decided = nodes;
    for (auto rest = question.folder; !rest.empty() && nodes.first;) {
        const auto segment = take_segment(rest);
        nodes = nodes.member(segment, question.is_own(segment));
        if (nodes.decide(question.who)) decided = nodes;
    }
    return {std::move(nodes), std::move(decided)};
}

std::optional<std::pair<AccessRules::Nodes, ResourcePath>> AccessRules::lacking_below(const Nodes& nodes,
                                                                                      const Question& question,
                                                                                      const ResourcePath& path,
                                                                                      Right right) {
    std::optional<std::pair<Nodes, ResourcePath>> found;
    each_member(nodes, question, [&](std::string_view name, const Nodes& member) {
        if (found || !member.first) return;
        const auto below = path.child(name);
        const auto rights = member.decide(question.who);
        if (rights && !rights->has(right))
            found = std::pair(member, below);
        else
            found = lacking_below(member, question, below, right);
    });
    return found;
}

void AccessRules::name_rule(const Nodes& nodes, const Identity* who, DecidingRule& into) const {
    const Grant* first = nullptr;
    const Grant* own = nullptr;
    nodes.each([&](const Node& node) {
        for (const auto& grant : node.grants) {
            if (!first || grant.rule < first->rule) first = &grant;
            if (is_for(grant.user, who) && (!own || grant.rule < own->rule)) own = &grant;
        }
    });
    if (!first) return;
    const auto& rule = written_[(own ? own : first)->rule];
    into.file = rule.file;
    into.line = rule.line;
    into.path = rule.path;
}

DecidingRule AccessRules::deciding(const Identity* who, const ResourcePath& path, Right right, bool below) const {
    const Question question(who, path, form_);
    const auto [nodes, decided] = walk_to_decision(top(), question);
    DecidingRule rule;
    rule.at = path.href();
    rule.right = right;
    const bool held = decided.first && decided.decide(who).value_or(Rights()).has(right);
    const auto lacking = held && below ? lacking_below(nodes, question, path, right) : std::nullopt;
    if (lacking) rule.at = lacking->second.href();
    name_rule(lacking ? lacking->first : decided, who, rule);
    return rule;
}

Rights AccessRules::rights(const Identity* who, const ResourcePath& path) const {
    return walk(top(), Question(who, path, form_)).second;
}

Rights AccessRules::rights_within(const Identity* who, const ResourcePath& path) const {
    const Question question(who, path, form_);
    const auto [nodes, held] = walk(top(), question);
    return held_below(nodes, question, held);
}

}  // namespace davit::engine
