#pragma once
// A bounded memory about clients that treats them fairly.
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace davit::login {

/// A map with a bound in bytes, in total and for each owner. Above the bound the owner with the largest weight loses
/// its oldest entries, so no client can evict what the server remembers of others. Not thread-safe.
template <typename Key, typename Value>
class FairTable {
public:
    /// The fixed cost of an entry in bytes, added to the caller's weight: three tree nodes.
    static constexpr std::size_t overhead = 256;

    FairTable(std::size_t most_bytes, std::size_t most_bytes_each) : most_(most_bytes), most_each_(most_bytes_each) {}
    FairTable(const FairTable&) = delete;
    FairTable& operator=(const FairTable&) = delete;

    Value* find(const Key& key) {
        const auto found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second.value;
    }

    /// Makes the entry the newest of `owner`. Calls `evicted` with the value of each entry that it removes. That is the
    /// new entry itself when it alone exceeds the bound.
    template <typename Evicted>
    void put(const Key& key, std::string_view owner, Value value, std::size_t bytes, Evicted evicted) {
        erase(key);
        auto named = owners_.find(owner);
        if (named == owners_.end()) named = owners_.try_emplace(std::string(owner)).first;
        auto& whose = named->second;
        whose.name = &named->first;
        unrank(whose);
        const auto age = ++last_age_;
        const auto weight = bytes + overhead;
        const auto made = entries_.try_emplace(key, Entry{std::move(value), weight, age, &whose}).first;
        by_age_.emplace(age, &made->first);
        whose.by_age.emplace(age, &made->first);
        whose.weight += weight;
        weight_ += weight;
        rank(whose);
        while (whose.weight > most_each_ && !drop_oldest(whose, evicted)) {
        }
        while (weight_ > most_) drop_oldest(*std::get<Owner*>(*ranks_.rbegin()), evicted);
    }
    void put(const Key& key, std::string_view owner, Value value, std::size_t bytes) {
        put(key, owner, std::move(value), bytes, [](const Value&) {});
    }

    void erase(const Key& key) {
        const auto found = entries_.find(key);
        if (found != entries_.end()) erase(found);
    }

    /// Removes the oldest entries while `old` returns true for them.
    template <typename Old>
    void drop_while(Old old) {
        while (!by_age_.empty()) {
            const auto oldest = entries_.find(*by_age_.begin()->second);
            if (!old(oldest->second.value)) return;
            erase(oldest);
        }
    }

    /// `keep` may change the value but must not increase its weight.
    template <typename Keep>
    void keep_if(Keep keep) {
        for (auto each = entries_.begin(); each != entries_.end();) {
            const auto next = std::next(each);
            if (!keep(each->second.value)) erase(each);
            each = next;
        }
    }

    std::size_t size() const { return entries_.size(); }
    std::size_t weight() const { return weight_; }

private:
    struct Owner {
        const std::string* name = nullptr;
        std::map<std::uint64_t, const Key*> by_age{};
        std::size_t weight = 0;
    };
    struct Entry {
        Value value;
        std::size_t weight;
        std::uint64_t age;
        Owner* owner;
    };
    using Entries = std::map<Key, Entry>;
    /// Weight in KiB; among equals the owner with the oldest entry. Weights in bytes would penalise long names.
    using Rank = std::tuple<std::size_t, std::uint64_t, Owner*>;

    static Rank rank_of(Owner& owner) { return {owner.weight / 1024, ~owner.by_age.begin()->first, &owner}; }
    void rank(Owner& owner) {
        if (!owner.by_age.empty()) ranks_.insert(rank_of(owner));
    }
    void unrank(Owner& owner) {
        if (!owner.by_age.empty()) ranks_.erase(rank_of(owner));
    }

    /// Returns true when the owner has no more entries and was removed.
    bool erase(typename Entries::iterator entry) {
        auto& owner = *entry->second.owner;
        unrank(owner);
        owner.by_age.erase(entry->second.age);
        by_age_.erase(entry->second.age);
        owner.weight -= entry->second.weight;
        weight_ -= entry->second.weight;
        entries_.erase(entry);
        if (!owner.by_age.empty()) {
            rank(owner);
            return false;
        }
        owners_.erase(owners_.find(*owner.name));
        return true;
    }

    template <typename Evicted>
    bool drop_oldest(Owner& owner, Evicted& evicted) {
        const auto oldest = entries_.find(*owner.by_age.begin()->second);
        evicted(std::as_const(oldest->second.value));
        return erase(oldest);
    }

    const std::size_t most_, most_each_;
    std::size_t weight_ = 0;
    std::uint64_t last_age_ = 0;
    Entries entries_;
    std::map<std::string, Owner, std::less<>> owners_;
    std::map<std::uint64_t, const Key*> by_age_;
    std::set<Rank> ranks_;
};

}  // namespace davit::login
