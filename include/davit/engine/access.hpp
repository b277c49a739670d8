#pragma once
// Access rules on canonical paths: which user may do what. A decision uses names only, so it never depends on what
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

/// One rule of the configuration.
struct AccessRule {
    std::string path;                ///< decoded, "/homes/{user}": a segment "{user}" is the user's own name
    std::vector<std::string> users;  ///< "anna", "@staff", "*" (any user who has logged in), "anonymous" (any request)
    Rights allow;
    std::string file{};  ///< where it was written; "" when it comes from no file
    unsigned line = 0;
};

/// Returns the one form of all names that a reader takes for the same (Unicode's NFC). Null: names are compared byte by
/// byte. Called only for names beyond ASCII. Users' own names are not converted: a user whose name is in another form
/// has no folder, so two users whose names look the same share none.
using NameForm = std::string (*)(std::string_view text);

/// The deepest folder on the way to a resource that any rule names decides alone. There a user has what all rules of
/// that folder together give; a user whom they do not name has nothing. Immutable.
class AccessRules {
public:
    /// The error says what is wrong, but not where.
    static std::expected<std::shared_ptr<const AccessRules>, std::string> make(const std::vector<AccessRule>& rules,
                                                                               NameForm form = nullptr);

    Rights rights(const Identity* who, const ResourcePath& path) const;
    /// The rights on `path` and on everything below it, whether it exists or not.
    Rights rights_within(const Identity* who, const ResourcePath& path) const;
    /// The rule because of which `who` lacks `right` on `path`, or with `below` on something below it. When several
    /// rules name one folder, the first that names the user, else the first. Slow; for refusals only.
    DecidingRule deciding(const Identity* who, const ResourcePath& path, Right right, bool below) const;
    /// Whether any rule names users who have logged in.
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

/// The rules in force. A reload can replace them while requests run; each request keeps the rules it began with.
/// Thread-safe.
class AccessSwitch {
public:
    void set(AccessRulesPtr rules) {
        const bool any = rules != nullptr;
        rules_.store(std::move(rules));
        any_.store(any, std::memory_order_release);
    }
    /// Null: there are no rules, and every user may do everything.
    AccessRulesPtr get() const { return any_.load(std::memory_order_acquire) ? rules_.load() : nullptr; }

private:
    std::atomic<bool> any_{false};  ///< cheaper than the pointer, for servers without rules
    std::atomic<AccessRulesPtr> rules_;
};

/// The rules for one request.
class AccessView {
public:
    /// `asked`: the Request-URI's resource. Paths are those of the share; rules name URLs, to which `mapping` converts.
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
    /// Whether a failure may name `path`: when the user can read it, and for collections above the Request-URI, whose
    /// names are in that URI.
    bool may_name(const ResourcePath& path) const { return path.contains(asked_) || may_read(path); }
    const ResourcePath& asked() const { return asked_; }

private:
    AccessRulesPtr rules_;
    IdentityPtr who_;
    ResourcePath asked_;
    PathMapping mapping_;
};

}  // namespace davit::engine
