#pragma once
// Ports that read everything and change nothing. `davit why` runs the server's own pipeline on them to the end.
#include "davit/core/gate.hpp"
#include "davit/store/lock_store.hpp"
#include "davit/store/property_store.hpp"
#include "davit/store/resource_store.hpp"

namespace davit::store {

/// Reads go to the inner store. A write enters Gate::commit, does nothing, and returns what it would return if nothing
/// failed at the commit. An upload begins in the inner store, which checks the room, and is never committed. Borrows
/// all arguments.
class RehearsedResources final : public ResourceStore {
public:
    RehearsedResources(ResourceStore& inner, GateTrace& trace) : inner_(inner), trace_(trace) {}

    Result<ResourceInfo> stat(const ResourcePath& path, Waiting waiting) const override;
    Result<Look> look(const ResourcePath& path, ListingContent content, Waiting waiting) const override {
        return inner_.look(path, content, waiting);
    }
    Result<std::shared_ptr<const Content>> open(const ResourcePath& path, Waiting waiting) const override {
        return inner_.open(path, waiting);
    }
    Result<std::unique_ptr<Listing>> list(const ResourcePath& path, ListingContent content) const override {
        return inner_.list(path, content);
    }
    Result<bool> begins_as_utf8(const ResourcePath& path, const ResourceInfo& info, Waiting waiting) const override {
        return inner_.begins_as_utf8(path, info, waiting);
    }
    Result<std::unique_ptr<Upload>> begin_upload(const ResourcePath& path,
                                                 std::optional<std::uint64_t> expected_size) override;
    Result<void> make_collection(const ResourcePath& path, const PropertySet& properties) override;
    Result<void> remove(const ResourcePath& path, const Actor& by) override;
    Result<void> check_links_stay(const ResourcePath& from, const ResourcePath& to,
                                  const Deadline& until) const override {
        return inner_.check_links_stay(from, to, until);
    }
    Result<void> check_no_mount_inside(const ResourcePath& path) const override {
        return inner_.check_no_mount_inside(path);
    }
    Result<void> check_removal(const ResourcePath& path) const override { return inner_.check_removal(path); }
    Result<void> check_new_name(const ResourcePath& path) const override { return inner_.check_new_name(path); }
    bool is_other_name(const ResourcePath& path, const ResourcePath& other) const override {
        return inner_.is_other_name(path, other);
    }
    Result<bool> copy(const ResourcePath& from, const ResourcePath& to, Depth depth, Replace replace, const Actor& by,
                      const Deadline& until) override;
    Result<bool> move(const ResourcePath& from, const ResourcePath& to, Replace replace, const Actor& by,
                      Waiting waiting, const Deadline& until) override;
    Result<Quota> quota(const ResourcePath& path) const override { return inner_.quota(path); }
    Result<Resolved> resolve(const ResourcePath& path, LastLink last, Waiting waiting) const override {
        return inner_.resolve(path, last, waiting);
    }
    bool needs_resolving(const ResourcePath& path) const override { return inner_.needs_resolving(path); }

private:
    bool is_new_home(const ResourcePath& path) const { return trace_.new_home && *trace_.new_home == path; }
    /// The collection above would be there by now, though it is not.
    bool would_be_there(const ResourcePath& collection) const;
    bool would_be_gone(const ResourcePath& path) const;
    Result<void> check_new_name_in(const ResourcePath& path) const;
    Result<bool> arrive(const ResourcePath& to, Replace replace);

    ResourceStore& inner_;
    GateTrace& trace_;
    std::vector<ResourcePath> made_, gone_;  ///< by what the rehearsal has done so far, where it goes member by member
};

class RehearsedProperties final : public PropertyStore {
public:
    RehearsedProperties(PropertyStore& inner, GateTrace& trace) : inner_(inner), trace_(trace) {}
    Result<PropertySet> read(const ResourcePath& path, Waiting waiting) const override {
        return inner_.read(path, waiting);
    }
    Result<void> write(const ResourcePath& path, const PropertyChange& change) override;

private:
    PropertyStore& inner_;
    GateTrace& trace_;
};

class RehearsedLocks final : public LockStore {
public:
    RehearsedLocks(LockStore& inner, GateTrace& trace) : inner_(inner), trace_(trace) {}
    bool empty() const override { return inner_.empty(); }
    std::vector<Lock> covering(const ResourcePath& path) const override { return inner_.covering(path); }
    std::vector<Lock> below(const ResourcePath& path) const override { return inner_.below(path); }
    Lock find(const LockToken& token) const override { return inner_.find(token); }
    std::vector<Lock> all() const override { return inner_.all(); }
    std::size_t count(std::string_view principal) const override { return inner_.count(principal); }
    std::size_t count() const override { return inner_.count(); }
    std::size_t bytes() const override { return inner_.bytes(); }
    Result<void> add(Lock lock) override;
    Result<void> refresh(const LockToken& token, std::chrono::seconds timeout,
                         std::chrono::system_clock::time_point expires) override;
    Result<void> remove(const LockToken& token) override;
    void remove_tree(const ResourcePath& /*path*/) override {}
    Result<void> will_replace(const ResourcePath& /*path*/, const ResourceInfo& /*there*/) override { return {}; }
    void replaced(const ResourcePath& /*path*/, bool /*done*/) override {}
    void drop_expired() override { inner_.drop_expired(); }

private:
    LockStore& inner_;
    GateTrace& trace_;
};

}  // namespace davit::store
