#include "davit/login/credential_cache.hpp"

#include <algorithm>
#include <functional>

namespace davit::login {
namespace {

/// A token may contain as many groups as fit.
std::size_t bytes_of(const Identity& identity) {
    std::size_t bytes = sizeof(Identity) + identity.name.size();
    for (const auto& group : identity.groups) bytes += sizeof(std::string) + group.size();
    return bytes;
}

}  // namespace

CredentialCache::Found CredentialCache::find(std::string_view credentials,
                                             const std::shared_ptr<const Accounts>& accounts,
                                             std::string_view address) {
    const auto key = key_.hash(credentials);
    const auto from = std::hash<std::string_view>()(address);
    const std::lock_guard guard(mutex_);
    take_over(accounts);
    auto* found = entries_.find(key);
    if (!found) return {};
    if (Clock::now() >= found->until) {
        entries_.erase(key);
        return {};
    }
    if (std::ranges::find(found->addresses, from) != found->addresses.end()) return {found->identity, false};
    found->addresses[found->turn++ % found->addresses.size()] = from;
    return {found->identity, true};
}

void CredentialCache::remember(std::string_view credentials, const std::shared_ptr<const Accounts>& accounts,
                               const IdentityPtr& identity, std::chrono::seconds most) {
    const auto key = key_.hash(credentials);
    const auto now = Clock::now();
    const std::lock_guard guard(mutex_);
    // The files may have changed while a slow hash was computed.
    if (accounts != accounts_) return;
    entries_.drop_while([&](const Entry& entry) { return now - entry.made >= kept_; });
    const auto& owner = *identity;
    entries_.put(key, owner.name, Entry{identity, now, now + std::min(kept_, most)}, sizeof(Entry) + bytes_of(owner));
}

/// The caller holds the lock. Forgetting all entries would make every user's password be hashed again after one user's
/// change.
void CredentialCache::take_over(const std::shared_ptr<const Accounts>& accounts) {
    if (accounts == accounts_) return;
    entries_.keep_if([&](Entry& entry) {
        const auto* before = accounts_->find(entry.identity->name);
        const auto* now = accounts->find(entry.identity->name);
        // A token's user has its own identity object; the next request makes it again from the token and the files.
        if (!before || before->identity != entry.identity || !now || now->hash != before->hash) return false;
        entry.identity = now->identity;
        return true;
    });
    accounts_ = accounts;
}

}  // namespace davit::login
