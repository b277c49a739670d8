#include "davit/engine/access.hpp"

#include <algorithm>
#include <utility>

namespace davit::engine {
namespace {

constexpr std::string_view own_name = "{user}";

bool is_for(std::string_view user, const Identity* who) {
    if (user == "anonymous") return true;
    if (!who) return false;
    if (user == "*") return true;
    if (user.starts_with('@')) return who->in_group(user.substr(1));
    return user == who->name;
}

/// The first segment of `path`, which is taken off with its slash.
std::string_view take_segment(std::string_view& path) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
    return segment;
}

/// Is `folder` what `pattern` means for this user? Segment by segment: a name with a slash in it matches nothing.
bool matches(std::string_view pattern, std::string_view folder, std::string_view user) {
    while (!pattern.empty() && !folder.empty()) {
        const auto wanted = take_segment(pattern);
        if (take_segment(folder) != (wanted == own_name ? user : wanted)) return false;
    }
    return pattern.empty() && folder.empty();
}

/// The same for a folder that lies somewhere below `above`.
bool matches_below(std::string_view pattern, std::string_view above, std::string_view user) {
    while (!above.empty()) {
        if (pattern.empty()) return false;
        const auto wanted = take_segment(pattern);
        if (take_segment(above) != (wanted == own_name ? user : wanted)) return false;
    }
    return !pattern.empty();
}

bool has_own_name(std::string_view folder) {
    while (!folder.empty())
        if (take_segment(folder) == own_name) return true;
    return false;
}

/// A user's name as the path of the folder that has it; nothing for names no folder can have.
bool can_be_segment(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos;
}

}  // namespace

std::expected<AccessRulesPtr, std::string> AccessRules::make(const std::vector<AccessRule>& rules) {
    auto made = std::make_shared<AccessRules>();
    for (const auto& rule : rules) {
        if (!rule.path.starts_with('/')) return std::unexpected("a rule's path begins with a slash");
        const auto path = ResourcePath::from_decoded(rule.path);
        if (!path) return std::unexpected(std::string(explain(path.error())));
        if (rule.users.empty()) return std::unexpected("a rule without users is for nobody");
        const auto& folder = path->str();
        auto* grants = &made->folders_[folder];
        if (has_own_name(folder)) {
            made->folders_.erase(folder);
            auto pattern = std::ranges::find(made->patterns_, folder, &Pattern::folder);
            if (pattern == made->patterns_.end())
                pattern = made->patterns_.insert(made->patterns_.end(), Pattern{folder, {}});
            grants = &pattern->grants;
        }
        for (const auto& user : rule.users) {
            if (user.empty() || user == "@") return std::unexpected("a user or group without a name");
            grants->push_back({user, rule.allow});
        }
    }
    return made;
}

void AccessRules::add(Decision& decision, const Grants& grants, const Identity* who) {
    decision.named = true;
    for (const auto& grant : grants)
        if (is_for(grant.user, who)) decision.rights = decision.rights | grant.rights;
}

AccessRules::Decision AccessRules::decide(const Identity* who, std::string_view folder) const {
    Decision decision;
    if (const auto found = folders_.find(folder); found != folders_.end()) add(decision, found->second, who);
    if (!who || !can_be_segment(who->name)) return decision;
    for (const auto& pattern : patterns_)
        if (matches(pattern.folder, folder, who->name)) add(decision, pattern.grants, who);
    return decision;
}

Rights AccessRules::rights(const Identity* who, const ResourcePath& path) const {
    for (std::string_view folder = path.str();;) {
        const auto decision = decide(who, folder);
        if (decision.named || folder.empty()) return decision.rights;
        const auto slash = folder.rfind('/');
        folder = folder.substr(0, slash == folder.npos ? 0 : slash);
    }
}

Rights AccessRules::rights_within(const Identity* who, const ResourcePath& path) const {
    auto held = rights(who, path);
    const auto below = path.is_root() ? std::string() : path.str() + "/";
    for (auto at = folders_.lower_bound(below); at != folders_.end() && at->first.starts_with(below); ++at)
        held = held & decide(who, at->first).rights;
    if (!who || !can_be_segment(who->name)) return held;
    for (const auto& pattern : patterns_) {
        if (!matches_below(pattern.folder, path.str(), who->name)) continue;
        std::string folder;
        for (std::string_view rest = pattern.folder; !rest.empty();) {
            const auto segment = take_segment(rest);
            if (!folder.empty()) folder += '/';
            folder += segment == own_name ? std::string_view(who->name) : segment;
        }
        held = held & decide(who, folder).rights;
    }
    return held;
}

}  // namespace davit::engine
