#pragma once
// The ports in memory, and a fault that fails the k-th call: the engine is tested without disk and without sockets.
#include <algorithm>
#include <map>
#include <optional>

#include "davit/engine/services.hpp"

namespace davit::testing {

/// Every port's call passes here; the `fail_at`-th (from 1) fails with no_space and does nothing.
struct Fault {
    int calls = 0;
    int fail_at = 0;
    bool hit() { return ++calls == fail_at; }
};
inline std::unexpected<Failure> injected() {
    return fail(FailureCode::no_space, "injected");
}

struct Node {
    bool collection = false;
    bool executable = false;
    std::string content{};
    PropertySet properties{};
    std::int64_t modified = 0;
    std::uint64_t identity = 0;
    bool operator==(const Node&) const = default;
};
using Nodes = std::map<std::string, Node>;

class ManualClock final : public store::Clock {
public:
    std::chrono::system_clock::time_point now() const override { return time += step; }
    mutable std::chrono::system_clock::time_point time{std::chrono::seconds(1'000'000'000)};
    std::chrono::seconds step{0};  ///< that pass whenever it is asked
};

class CountingTokens final : public store::TokenSource {
public:
    LockToken mint() override { return "urn:uuid:" + std::to_string(++last_); }

private:
    int last_ = 0;
};

class MemoryResources final : public store::ResourceStore, public store::PropertyStore {
public:
    explicit MemoryResources(Fault& fault) : fault_(fault) { nodes[""] = Node{.collection = true}; }
    Nodes nodes;

    Result<void> check_links_stay(const ResourcePath& /*from*/, const ResourcePath& /*to*/,
                                  const store::Deadline& until) const override {
        links_checked_without_limit = links_checked_without_limit || !until.clock;
        return until.is_over() ? Result<void>(std::unexpected(store::out_of_time())) : Result<void>();
    }
    Result<store::ResourceInfo> stat(const ResourcePath& path, store::Waiting) const override {
        if (fault_.hit()) return injected();
        return info(path);
    }
    Result<store::Look> look(const ResourcePath& path, store::ListingContent, store::Waiting) const override {
        if (fault_.hit()) return injected();
        const auto found = info(path);
        if (!found) return std::unexpected(found.error());
        return store::Look{*found, nodes.at(path.str()).properties};
    }
    Result<std::shared_ptr<const store::Content>> open(const ResourcePath& path, store::Waiting) const override {
        const auto found = info(path);
        if (!found) return std::unexpected(found.error());
        if (found->collection) return fail(FailureCode::is_a_collection, "");
        return std::make_shared<MemoryContent>(nodes.at(path.str()).content, *found);
    }
    Result<std::unique_ptr<store::Listing>> list(const ResourcePath& path, store::ListingContent) const override {
        if (fault_.hit()) return injected();
        return std::make_unique<Members>(*this, path);
    }
    Result<std::unique_ptr<store::Upload>> begin_upload(const ResourcePath&, std::optional<std::uint64_t>) override {
        if (fault_.hit()) return injected();
        return std::make_unique<MemoryUpload>(*this);
    }
    Result<void> make_collection(const ResourcePath& path, const PropertySet& properties) override {
        if (fault_.hit()) return injected();
        nodes[path.str()] =
            Node{.collection = true, .properties = properties, .modified = next(), .identity = identity()};
        return {};
    }
    Result<void> remove(const ResourcePath& path, const store::Actor&) override {
        if (fault_.hit()) return injected();
        std::erase_if(nodes, [&](const auto& node) { return path.contains(parse(node.first)); });
        return {};
    }
    Result<bool> copy(const ResourcePath& from, const ResourcePath& to, Depth depth, store::Replace replace,
                      const store::Actor&, const store::Deadline& until) override {
        if (until.is_over()) return std::unexpected(store::out_of_time());
        if (fault_.hit()) return injected();
        const bool existed = nodes.contains(to.str());
        if (existed && replace == store::Replace::must_not_exist) return fail(FailureCode::already_exists, "");
        if (unreadable && from.contains(*unreadable) && (depth == Depth::infinity || from == *unreadable))
            return fail(FailureCode::permission_denied, "", {*unreadable});
        Nodes copied;
        for (const auto& [name, node] : nodes)
            if (depth == Depth::infinity ? from.contains(parse(name)) : name == from.str())
                copied[to.str() + name.substr(from.str().size())] = node;
        std::erase_if(nodes, [&](const auto& node) { return to.contains(parse(node.first)); });
        nodes.insert(copied.begin(), copied.end());
        return !existed;
    }
    Result<bool> move(const ResourcePath& from, const ResourcePath& to, store::Replace replace, const store::Actor& by,
                      store::Waiting, const store::Deadline& until) override {
        const auto created = copy(from, to, Depth::infinity, replace, by, until);
        if (created) std::erase_if(nodes, [&](const auto& node) { return from.contains(parse(node.first)); });
        return created;
    }
    Result<store::Quota> quota(const ResourcePath&) const override { return store::Quota{10, 20}; }

    Result<PropertySet> read(const ResourcePath& path, store::Waiting /*waiting*/) const override {
        if (fault_.hit()) return injected();
        return nodes.at(path.str()).properties;
    }
    Result<void> write(const ResourcePath& path, const store::PropertyChange& change) override {
        if (fault_.hit()) return injected();
        auto& node = nodes.at(path.str());
        if (change.properties) node.properties = *change.properties;
        if (change.modified) node.modified = change.modified->time_since_epoch().count() * 1'000'000'000;
        if (change.executable) node.executable = *change.executable;
        return {};
    }

    mutable bool links_checked_without_limit = false;
    std::optional<ResourcePath> unreadable;  ///< nothing that holds it can be copied

    static ResourcePath parse(const std::string& text) { return ResourcePath::from_decoded(text).value(); }

private:
    class Members final : public store::Listing {
    public:
        Members(const MemoryResources& resources, const ResourcePath& path) : resources_(resources) {
            for (const auto& [name, node] : resources.nodes)
                if (!name.empty() && path.is_parent_of(parse(name))) names_.push_back(name);
        }
        Result<bool> next(store::Entry& entry) override {
            if (at_ == names_.size()) return false;
            const auto path = parse(names_[at_++]);
            entry = {std::string(path.name()), resources_.info(path), resources_.nodes.at(path.str()).properties};
            return true;
        }

    private:
        const MemoryResources& resources_;
        std::vector<std::string> names_;
        std::size_t at_ = 0;
    };

    class MemoryUpload final : public store::Upload {
    public:
        explicit MemoryUpload(MemoryResources& resources) : resources_(resources) {}
        Result<void> write(std::span<const std::byte> bytes) override {
            if (resources_.fault_.hit()) return injected();
            content_.replace(at_, bytes.size(), reinterpret_cast<const char*>(bytes.data()), bytes.size());
            at_ += bytes.size();
            written_ += bytes.size();
            return {};
        }
        std::uint64_t size() const override { return written_; }
        void set_modified(std::chrono::sys_seconds) override {}
        void set_checksums(std::vector<Digest>) override {}
        Result<void> start_from(const store::Content& base, std::uint64_t offset, std::uint64_t) override {
            if (resources_.fault_.hit()) return injected();
            content_ = *base.in_memory();
            if (content_.size() < offset) content_.resize(offset);
            at_ = offset;
            return {};
        }
        Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const override {
            if (resources_.fault_.hit()) return injected();
            const auto text = std::string_view(content_).substr(std::min<std::size_t>(offset, content_.size()));
            const auto count = std::min(text.size(), into.size());
            std::ranges::copy(std::as_bytes(std::span(text.substr(0, count))), into.begin());
            return count;
        }
        Result<store::Committed> commit(const ResourcePath& path, store::Replace replace, const store::Actor&,
                                        store::Parent) override {
            if (resources_.fault_.hit()) return injected();
            const auto old = resources_.nodes.find(path.str());
            const bool existed = old != resources_.nodes.end();
            if (existed && replace == store::Replace::must_not_exist) return fail(FailureCode::already_exists, "");
            Node node = existed ? old->second : Node{};
            node.content = content_;
            node.modified = resources_.next();
            node.identity = resources_.identity();
            resources_.nodes[path.str()] = node;
            return store::Committed{!existed, *resources_.info(path)};
        }

    private:
        MemoryResources& resources_;
        std::string content_;
        std::size_t at_ = 0, written_ = 0;
    };

    class MemoryContent final : public store::Content {
    public:
        MemoryContent(std::string text, const store::ResourceInfo& info) : text_(std::move(text)), info_(info) {}
        const store::ResourceInfo& info() const override { return info_; }
        Result<std::size_t> read(std::uint64_t, std::span<std::byte>, store::Waiting) const override { return 0U; }
        int native_handle() const override { return -1; }
        const std::string* in_memory() const override { return &text_; }
        Result<PropertySet> properties() const override { return PropertySet(); }

    private:
        std::string text_;
        store::ResourceInfo info_;
    };

    Result<store::ResourceInfo> info(const ResourcePath& path) const {
        const auto node = nodes.find(path.str());
        if (node == nodes.end()) return fail(FailureCode::not_found, "There is nothing at this URL.");
        const auto& [collection, executable, content, properties, modified, id] = node->second;
        const store::FileTime time{std::chrono::nanoseconds(modified)};
        return store::ResourceInfo{collection, executable, content.size(), id, 1, time, time};
    }
    std::int64_t next() { return ++clock_; }
    std::uint64_t identity() { return static_cast<std::uint64_t>(++clock_); }

    Fault& fault_;
    std::int64_t clock_ = 1'000'000;
};

class MemoryLocks final : public store::LockStore {
public:
    MemoryLocks(Fault& fault, const store::Clock& clock) : fault_(fault), clock_(clock) {}

    bool empty() const override { return locks_.empty(); }
    std::vector<Lock> covering(const ResourcePath& path) const override {
        return select([&](const ActiveLock& lock) { return lock.covers(path); });
    }
    std::vector<Lock> below(const ResourcePath& path) const override {
        return select([&](const ActiveLock& lock) { return lock.root != path && path.contains(lock.root); });
    }
    Lock find(const LockToken& token) const override {
        const auto found = select([&](const ActiveLock& lock) { return lock.token == token; });
        return found.empty() ? nullptr : found.front();
    }
    std::vector<Lock> all() const override {
        return select([](const ActiveLock&) { return true; });
    }
    std::size_t count(std::string_view) const override { return locks_.size(); }
    std::size_t count() const override { return locks_.size(); }
    Result<void> add(Lock lock) override {
        if (fault_.hit()) return injected();
        locks_.push_back(std::move(lock));
        return {};
    }
    Result<void> refresh(const LockToken& token, std::chrono::seconds timeout,
                         std::chrono::system_clock::time_point expires) override {
        if (fault_.hit()) return injected();
        auto lock = *find(token);
        lock.timeout = timeout;
        lock.expires = expires;
        std::erase_if(locks_, [&](const Lock& each) { return each->token == token; });
        locks_.push_back(std::make_shared<const ActiveLock>(lock));
        return {};
    }
    Result<void> remove(const LockToken& token) override {
        if (fault_.hit()) return injected();
        std::erase_if(locks_, [&](const Lock& each) { return each->token == token; });
        return {};
    }
    void remove_tree(const ResourcePath& path) override {
        std::erase_if(locks_, [&](const Lock& each) { return path.contains(each->root); });
    }
    Result<void> will_replace(const ResourcePath&, const store::ResourceInfo&) override {
        if (fault_.hit()) return injected();
        return {};
    }
    void replaced(const ResourcePath& path, bool done) override {
        if (done)
            std::erase_if(locks_, [&](const Lock& each) { return each->root != path && path.contains(each->root); });
    }
    void drop_expired() override {}

private:
    template <typename Wanted>
    std::vector<Lock> select(Wanted wanted) const {
        std::vector<Lock> found;
        for (const auto& lock : locks_)
            if (clock_.now() < lock->expires && wanted(*lock)) found.push_back(lock);
        return found;
    }

    Fault& fault_;
    const store::Clock& clock_;
    std::vector<Lock> locks_;
};

/// Everything the engine needs, in memory.
struct World {
    Fault fault;
    ManualClock clock;
    CountingTokens tokens;
    MemoryResources resources{fault};
    MemoryLocks locks{fault, clock};
    engine::Services services{resources, resources, locks, clock, tokens, {}};

    static ResourcePath path(std::string_view text) { return ResourcePath::parse(text).value(); }
    static engine::Target target(std::string_view text) { return {path(text), {}, {"", "test", "id"}}; }
    /// With the tokens submitted, as an untagged list that holds.
    static engine::Target with_tokens(std::string_view text, const std::vector<LockToken>& tokens) {
        auto result = target(text);
        IfHeader header;
        for (const auto& token : tokens) header.lists.push_back({std::nullopt, {{false, token}}});
        header.lists.push_back({std::nullopt, {{true, LockToken(no_lock_token)}}});
        engine::Preconditions conditions;
        conditions.if_header = std::move(header);
        result.preconditions = std::make_shared<const engine::Preconditions>(std::move(conditions));
        return result;
    }
    void file(std::string_view text, std::string content = "x") {
        resources.nodes[path(text).str()] = Node{.content = std::move(content), .identity = ++ids_};
    }
    void folder(std::string_view text) {
        resources.nodes[path(text).str()] = Node{.collection = true, .identity = ++ids_};
    }

private:
    std::uint64_t ids_ = 10;
};

}  // namespace davit::testing
