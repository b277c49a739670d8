#include "davit/engine/access.hpp"

#include <algorithm>
#include <utility>

namespace davit::engine {
namespace {

constexpr std::string_view own_name = "{user}";
constexpr std::string_view everybody = "anonymous";

bool is_for(std::string_view user, const Identity* who) {
    if (user == everybody) return true;
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

/// The folder itself.
std::string meant_by(std::string_view pattern, std::string_view user) {
    std::string folder;
    while (!pattern.empty()) {
        const auto segment = take_segment(pattern);
        if (!folder.empty()) folder += '/';
        folder += segment == own_name ? user : segment;
    }
    return folder;
}

/// A name with a slash in it is none of a folder.
bool can_be_segment(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos;
}

}  // namespace

/// Holds what it has to spell anew; nearly always nothing.
struct AccessRules::Question {
    Question(const Identity* asker, const ResourcePath& path, NameForm form) : who(asker), folder(path.str()) {
        folder = formed(folder, form, folder_again);
        // A name that no folder can have is nobody's own.
        if (who && can_be_segment(who->name)) own = formed(who->name, form, own_again);
    }

    const Identity* who;
    std::string_view folder;
    std::string_view own;  ///< what "{user}" means; "": nothing

private:
    static std::string_view formed(std::string_view text, NameForm form, std::string& again) {
        if (!form || std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; })) return text;
        again = form(text);
        return again;
    }
    std::string folder_again, own_again;
};

std::expected<AccessRulesPtr, std::string> AccessRules::make(const std::vector<AccessRule>& rules, NameForm form) {
    auto made = std::make_shared<AccessRules>();
    made->form_ = form;
    for (const auto& rule : rules) {
        if (!rule.path.starts_with('/')) return std::unexpected("a rule's path begins with a slash");
        const auto path = ResourcePath::from_decoded(rule.path);
        if (!path) return std::unexpected(std::string(explain(path.error())));
        if (rule.users.empty()) return std::unexpected("a rule without users is for nobody");
        auto& grants = made->grants_of(std::string(Question(nullptr, *path, form).folder));
        for (const auto& user : rule.users) {
            if (user.empty() || user == "@") return std::unexpected("a user or group without a name");
            grants.push_back({user, rule.allow});
        }
    }
    return made;
}

AccessRules::Grants& AccessRules::grants_of(const std::string& folder) {
    if (!has_own_name(folder)) return folders_[folder];
    const auto pattern = std::ranges::find(patterns_, folder, &Pattern::folder);
    if (pattern != patterns_.end()) return pattern->grants;
    return patterns_.emplace_back(folder, Grants{}).grants;
}

bool AccessRules::name_users() const {
    const auto any = [](const Grants& grants) {
        return std::ranges::any_of(grants, [](const Grant& grant) { return grant.user != everybody; });
    };
    return !patterns_.empty() || std::ranges::any_of(folders_, [&](const auto& each) { return any(each.second); });
}

void AccessRules::add(Decision& decision, const Grants& grants, const Identity* who) {
    decision.named = true;
    for (const auto& grant : grants)
        if (is_for(grant.user, who)) decision.rights = decision.rights | grant.rights;
}

AccessRules::Decision AccessRules::decide(const Question& question, std::string_view folder) const {
    Decision decision;
    if (const auto found = folders_.find(folder); found != folders_.end()) add(decision, found->second, question.who);
    if (question.own.empty()) return decision;
    for (const auto& pattern : patterns_)
        if (matches(pattern.folder, folder, question.own)) add(decision, pattern.grants, question.who);
    return decision;
}

Rights AccessRules::rights(const Question& question) const {
    for (auto folder = question.folder;;) {
        const auto decision = decide(question, folder);
        if (decision.named || folder.empty()) return decision.rights;
        const auto slash = folder.rfind('/');
        folder = folder.substr(0, slash == folder.npos ? 0 : slash);
    }
}

Rights AccessRules::rights(const Identity* who, const ResourcePath& path) const {
    return rights(Question(who, path, form_));
}

Rights AccessRules::rights_within(const Identity* who, const ResourcePath& path) const {
    const Question question(who, path, form_);
    auto held = rights(question);
    auto below = std::string(question.folder);
    if (!below.empty()) below += '/';
    for (auto at = folders_.lower_bound(below); at != folders_.end() && at->first.starts_with(below); ++at)
        held = held & decide(question, at->first).rights;
    if (question.own.empty()) return held;
    for (const auto& pattern : patterns_)
        if (matches_below(pattern.folder, question.folder, question.own))
            held = held & decide(question, meant_by(pattern.folder, question.own)).rights;
    return held;
}

}  // namespace davit::engine
