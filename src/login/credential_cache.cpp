#include "davit/login/credential_cache.hpp"

#include <algorithm>

namespace davit::login {

IdentityPtr CredentialCache::find(std::string_view credentials, const std::shared_ptr<const Accounts>& accounts) {
    const auto key = key_.hash(credentials);
    const std::lock_guard guard(mutex_);
    forget_others_than(accounts);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    if (Clock::now() < found->second.until) return found->second.identity;
    entries_.erase(found);
    return nullptr;
}

void CredentialCache::remember(std::string_view credentials, const std::shared_ptr<const Accounts>& accounts,
                               IdentityPtr identity, std::chrono::seconds most) {
    const auto key = key_.hash(credentials);
    const auto until = Clock::now() + std::min(kept_, most);
    const std::lock_guard guard(mutex_);
    // A slow hash may end after the files have changed.
    if (accounts != accounts_) return;
    make_room();
    entries_.insert_or_assign(key, Entry{std::move(identity), until});
}

/// Called with the lock held.
void CredentialCache::forget_others_than(const std::shared_ptr<const Accounts>& accounts) {
    if (accounts == accounts_) return;
    entries_.clear();
    accounts_ = accounts;
}

/// Called with the lock held.
void CredentialCache::make_room() {
    if (entries_.size() < most_entries) return;
    const auto now = Clock::now();
    std::erase_if(entries_, [&](const auto& entry) { return entry.second.until <= now; });
    if (entries_.size() >= most_entries) entries_.clear();  // they only have to be hashed again
}

}  // namespace davit::login
