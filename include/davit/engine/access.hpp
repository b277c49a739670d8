#pragma once
// Who may do what: rules on canonical paths. Pure; looks at nothing but names, so that an answer never depends on what
// exists.
#include <atomic>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "davit/core/failure_facts.hpp"
#include "davit/core/identity.hpp"
#include "davit/core/path_mapping.hpp"
#include "davit/core/resource_path.hpp"
#include "davit/core/rights.hpp"

namespace davit::engine {

/// One rule as it was written.
struct AccessRule {
    std::string path;                ///< decoded, "/homes/{user}": a segment "{user}" is the asking user's own name
    std::vector<std::string> users;  ///< "anna", "@staff", "*" (whoever has logged in), "anonymous" (anybody)
    Rights allow;
    std::string file{};  ///< where it was written; "" when it comes from no file
    unsigned line = 0;
};

/// One form for all spellings of a name that are the same to whoever reads it (Unicode's NFC). Null: every spelling is
/// a name of its own. Only asked about names beyond ASCII. Users' own names are not spelled anew: one that is in
/// another form than this is no folder's, so that two users whose names look the same have none in common.
using NameForm = std::string (*)(std::string_view text);

/// The deepest folder on the way to a resource that any rule names decides alone; there, a user has what all its rules
/// together give, and who is not named has nothing. Immutable.
class AccessRules {
public:
    /// The error says what is wrong, without saying where.
    static std::expected<std::shared_ptr<const AccessRules>, std::string> make(const std::vector<AccessRule>& rules,
                                                                               NameForm form = nullptr);

    Rights rights(const Identity* who, const ResourcePath& path) const;
    /// What holds for `path` and for everything below it, whether it exists or not.
    Rights rights_within(const Identity* who, const ResourcePath& path) const;
    /// The rule because of which `who` lacks `right` on `path`, or with `below` on something below it. Of several rules
    /// for one folder it is the first that names the user, else the first. For refusals only: not quick.
    DecidingRule deciding(const Identity* who, const ResourcePath& path, Right right, bool below) const;
    /// Is there one for whoever has logged in?
    bool name_users() const { return name_users_; }

private:
    struct Grant {
        std::string user;
        Rights rights;
        std::size_t rule;  ///< index in `written_`
    };
    /// A folder as rules name it, or one on the way to such a folder.
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> members;  ///< by the form of their names
        std::unique_ptr<Node> own;                                          ///< "{user}"
        std::vector<Grant> grants;                                          ///< none: no rule names it
    };
    struct Nodes;
    /// What a question is about, in the form the rules are kept in.
    struct Question;
    void add(const AccessRule& rule, const ResourcePath& path);
    Nodes top() const;
    static std::pair<Nodes, Rights> walk(Nodes nodes, const Question& question);
    template <typename Visit>
    static void each_member(const Nodes& nodes, const Question& question, Visit visit);
    static Rights held_below(const Nodes& nodes, const Question& question, Rights held);

    NameForm form_ = nullptr;
    /// The deepest rule on the way that decides; nodes without any when none does.
    static std::pair<Nodes, Nodes> walk_to_decision(Nodes nodes, const Question& question);
    /// The nodes below that take `right` away, and their path.
    static std::optional<std::pair<Nodes, ResourcePath>> lacking_below(const Nodes& nodes, const Question& question,
                                                                       const ResourcePath& path, Right right);
    void name_rule(const Nodes& nodes, const Identity* who, DecidingRule& into) const;

    Node root_;
    std::vector<AccessRule> written_;
    bool name_users_ = false;
};
using AccessRulesPtr = std::shared_ptr<const AccessRules>;

/// The rules in force. They can be replaced while requests are answered: each keeps those it began with.
class AccessSwitch {
public:
    void set(AccessRulesPtr rules) {
        const bool any = rules != nullptr;
        rules_.store(std::move(rules));
        any_.store(any, std::memory_order_release);
    }
    /// Null: no rules, everybody may do everything.
    AccessRulesPtr get() const { return any_.load(std::memory_order_acquire) ? rules_.load() : nullptr; }

private:
    std::atomic<bool> any_{false};  ///< cheaper than the pointer, for servers without rules
    std::atomic<AccessRulesPtr> rules_;
};

/// The rules as one request meets them.
class AccessView {
public:
    /// `asked`: the Request-URI's resource. Paths are those of the folder; rules speak of URLs, as `mapping` has them.
    AccessView(AccessRulesPtr rules, IdentityPtr who, ResourcePath asked, PathMapping mapping = {})
        : rules_(std::move(rules)), who_(std::move(who)), asked_(std::move(asked)), mapping_(std::move(mapping)) {}

    Rights rights(const ResourcePath& path) const {
        if (!mapping_.moves()) return rules_->rights(who_.get(), path);
        return rules_->rights(who_.get(), mapping_.to_url(path));
    }
    Rights rights_within(const ResourcePath& path) const {
        if (!mapping_.moves()) return rights_within_url(path);
        return rights_within_url(mapping_.to_url(path));
    }
    Rights rights_within_url(const ResourcePath& url) const { return rules_->rights_within(who_.get(), url); }
    bool may_read(const ResourcePath& path) const { return rights(path).has(Right::read); }
    DecidingRule deciding(const ResourcePath& path, Right right, bool below) const {
        return deciding_url(mapping_.moves() ? mapping_.to_url(path) : path, right, below);
    }
    DecidingRule deciding_url(const ResourcePath& url, Right right, bool below) const {
        return rules_->deciding(who_.get(), url, right, below);
    }
    /// May a failure name it? What can be read, and the collections above the Request-URI, whose names stand in it.
    bool may_name(const ResourcePath& path) const { return path.contains(asked_) || may_read(path); }
    const ResourcePath& asked() const { return asked_; }

private:
    AccessRulesPtr rules_;
    IdentityPtr who_;
    ResourcePath asked_;
    PathMapping mapping_;
};

}  // namespace davit::engine
