#include "lock_table.hpp"

#include <algorithm>

#include "journal.hpp"
#include "lock_rows.hpp"

namespace davit::fs {
namespace {

using TimePoint = std::chrono::system_clock::time_point;

/// The number of expired locks that one transaction removes, few enough to wait for.
constexpr std::size_t drop_portion = 1000;
/// An expired lock is removed a little later, so that no refresh of it is still running.
constexpr std::chrono::seconds drop_grace{5};
/// Smaller steps of the system clock are left to the next start.
constexpr std::chrono::seconds smallest_clock_step{1};

/// The size of a lock, its texts, and its entries in four indexes.
std::size_t size_in_memory(const ActiveLock& lock) {
    constexpr std::size_t indexes = 400;
    return sizeof(ActiveLock) + indexes + lock.token.size() + 2 * lock.root.str().size() + lock.owner_xml.size() +
           lock.principal.size() + lock.client.size() + lock.request_id.size() + lock.written_root.size();
}

}  // namespace

Result<std::unique_ptr<LockTable>> LockTable::open(Database* database, Journal* journal, const store::Clock& clock) {
    std::unique_ptr<LockTable> table(new LockTable(database, journal, clock));
    if (!database) return table;
    auto counted = database->run(lock_rows::count, [&](Statement& statement) {
        if (!statement.step()) return;
        const auto count = static_cast<std::size_t>(statement.integer(0));
        table->by_root_.reserve(count);
        table->by_token_.reserve(count);
    });
    if (!counted) return std::unexpected(std::move(counted.error()));
    auto done = database->run(lock_rows::all, [&](Statement& statement) {
        while (statement.step())
            if (auto lock = lock_rows::read(statement, table->offset_, clock.monotonic()))
                table->insert_indexed(std::make_shared<const ActiveLock>(std::move(*lock)));
    });
    if (!done) return std::unexpected(std::move(done.error()));
    table->publish_size();
    return table;
}

LockTable::~LockTable() {
    if (database_) database_->finish();
}

void LockTable::insert_indexed(Lock lock) {
    const auto [root, fresh] = by_root_.try_emplace(lock->root.str());
    if (fresh) roots_.insert(root->first);
    root->second.push_back(lock);
    ++by_principal_[lock->principal];
    by_expiry_.emplace(lock->expires, lock.get());
    bytes_ += size_in_memory(*lock);
    const std::string_view token = lock->token;
    by_token_.emplace(token, std::move(lock));
}

void LockTable::insert(Lock lock) {
    const std::unique_lock guard(index_mutex_);
    insert_indexed(std::move(lock));
    publish_size();
}

LockTable::Lock LockTable::erase_indexed(const LockToken& token) {
    const auto found = by_token_.find(token);
    if (found == by_token_.end()) return nullptr;
    auto lock = found->second;
    by_token_.erase(found);
    by_expiry_.erase({lock->expires, lock.get()});
    bytes_ -= size_in_memory(*lock);
    const auto root = by_root_.find(lock->root.str());
    std::erase(root->second, lock);
    if (root->second.empty()) {
        roots_.erase(root->first);
        by_root_.erase(root);
    }
    const auto count = by_principal_.find(lock->principal);
    if (--count->second == 0) by_principal_.erase(count);
    return lock;
}

/// empty() reads this without the mutex, so it must not see the moment in which a refresh has removed the only lock.
void LockTable::publish_size() {
    size_.store(by_token_.size(), std::memory_order_release);
}

std::vector<LockTable::Lock> LockTable::covering(const ResourcePath& path) const {
    std::vector<Lock> found;
    if (empty()) return found;
    const std::shared_lock guard(index_mutex_);
    std::string_view root = path.str();
    while (true) {
        if (const auto here = by_root_.find(root); here != by_root_.end())
            for (const auto& lock : here->second)
                if (lock->covers(path) && alive(*lock)) found.push_back(lock);
        if (root.empty()) return found;
        const auto slash = root.rfind('/');
        root = root.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
}

/// Calls `use` with the locks of every root strictly below `path`. The caller holds the index.
template <typename Use>
void LockTable::each_below(const ResourcePath& path, Use use) const {
    const auto begin = path.is_root() ? roots_.upper_bound("") : roots_.lower_bound(path.str() + '/');
    const auto end = path.is_root() ? roots_.end() : roots_.lower_bound(path.str() + static_cast<char>('/' + 1));
    for (auto root = begin; root != end; ++root) use(by_root_.find(*root)->second);
}

std::vector<LockTable::Lock> LockTable::below(const ResourcePath& path) const {
    std::vector<Lock> found;
    const std::shared_lock guard(index_mutex_);
    each_below(path, [&](const std::vector<Lock>& locks) {
        for (const auto& lock : locks)
            if (alive(*lock)) found.push_back(lock);
    });
    return found;
}

LockTable::Lock LockTable::find(const LockToken& token) const {
    const std::shared_lock guard(index_mutex_);
    const auto found = by_token_.find(token);
    return found != by_token_.end() && alive(*found->second) ? found->second : nullptr;
}

std::vector<LockTable::Lock> LockTable::all() const {
    std::vector<Lock> found;
    const std::shared_lock guard(index_mutex_);
    for (const auto root : roots_)
        for (const auto& lock : by_root_.find(root)->second)
            if (alive(*lock)) found.push_back(lock);
    return found;
}

std::size_t LockTable::count(std::string_view principal) const {
    const std::shared_lock guard(index_mutex_);
    const auto of = [name = std::string(principal)](const auto& counts) {
        const auto found = counts.find(name);
        return found == counts.end() ? 0 : found->second;
    };
    return of(by_principal_) + of(held_by_principal_);
}

Result<void> LockTable::add(Lock lock) {
    drop_expired();
    if (database_) {
        const auto offset = follow_clock();
        auto done = database_->run(lock_rows::insert,
                                   [&](Statement& statement) { lock_rows::write(statement, *lock, offset); });
        if (!done) return done;
    }
    insert(std::move(lock));
    return {};
}

void LockTable::add_then(Lock lock, Then then) {
    if (!database_) return then(add(std::move(lock)));
    drop_expired_later();
    auto place = hold_place(lock->principal);
    auto row = [lock, offset = follow_clock()](Statement& statement) { lock_rows::write(statement, *lock, offset); };
    auto done_with = [this, lock, place = std::move(place), then = std::move(then)](Result<void> done) mutable {
        if (done) insert(std::move(lock));
        place.reset();
        then(std::move(done));
    };
    database_->submit(lock_rows::insert, std::move(row), std::move(done_with));
}

Result<void> LockTable::refresh(const LockToken& token, std::chrono::seconds timeout, TimePoint expires) {
    const auto old = find(token);
    if (!old) return fail(FailureCode::not_found, "The lock is gone.");
    auto lock = std::make_shared<ActiveLock>(*old);
    lock->timeout = timeout;
    lock->expires = expires;
    if (database_) {
        const auto row_expires = expires + follow_clock();
        auto done = database_->run(lock_rows::extend, [&](Statement& statement) {
            lock_rows::write_times(statement, token, timeout, row_expires);
        });
        if (!done) return done;
    }
    const std::unique_lock guard(index_mutex_);
    if (!by_token_.contains(token)) return fail(FailureCode::not_found, "The lock is gone.");
    erase_indexed(token);
    insert_indexed(std::move(lock));
    return {};
}

/// Returns the removed locks, null where there was none. The caller decides which thread frees them.
std::vector<LockTable::Lock> LockTable::erase(std::span<const LockToken> tokens) {
    std::vector<Lock> gone;
    gone.reserve(tokens.size());
    const std::unique_lock guard(index_mutex_);
    for (const auto& token : tokens) gone.push_back(erase_indexed(token));
    publish_size();
    return gone;
}

/// First the transaction, then the index.
Result<void> LockTable::forget(std::span<const LockToken> tokens) {
    if (database_) {
        const lock_rows::Deletion rows(tokens);
        if (auto done = database_->run(rows.sql, rows.use); !done) return done;
    }
    erase(tokens);
    return {};
}

void LockTable::forget_then(std::vector<LockToken> tokens, Then then) {
    lock_rows::Deletion rows(tokens);
    database_->submit(rows.sql, std::move(rows.use),
                      [this, tokens = std::move(tokens), then = std::move(then),
                       gone = std::vector<Lock>()](Result<void> done) mutable {
                          if (done) gone = erase(tokens);  // freed when this goes out of scope
                          then(std::move(done));
                      });
}

/// Counts a lock before it exists, until the result is destroyed.
std::shared_ptr<void> LockTable::hold_place(const std::string& principal) {
    const auto give_back = [this, principal](void* /*none*/) {
        const std::unique_lock guard(index_mutex_);
        --held_;
        if (--held_by_principal_[principal] == 0) held_by_principal_.erase(principal);
    };
    const std::unique_lock guard(index_mutex_);
    ++held_by_principal_[principal];
    ++held_;
    return {nullptr, give_back};
}

/// The index comes first. If the database refuses the change, it is retried later.
void LockTable::forget_surely(const std::vector<LockToken>& tokens) {
    if (tokens.empty()) return;
    erase(tokens);
    if (!database_) return;
    lock_rows::Deletion rows(tokens);
    database_->insist(rows.sql, std::move(rows.use));
}

/// If several requests release one lock at the same time, one of them succeeds.
Result<void> LockTable::released(const std::vector<Lock>& gone) {
    if (gone.size() == 1 && gone.front()) return {};
    return fail(FailureCode::not_found, "The lock is gone.");
}

Result<void> LockTable::remove(const LockToken& token) {
    if (!find(token)) return fail(FailureCode::not_found, "The lock is gone.");
    if (!database_) return released(erase({&token, 1}));
    const lock_rows::Deletion rows({&token, 1});
    if (auto done = database_->run(rows.sql, rows.use); !done) return done;
    return released(erase({&token, 1}));
}

void LockTable::remove_then(const LockToken& token, Then then) {
    if (!find(token)) return then(fail(FailureCode::not_found, "The lock is gone."));
    if (!database_) return then(remove(token));
    lock_rows::Deletion rows({&token, 1});
    database_->submit(rows.sql, std::move(rows.use),
                      [this, token, then = std::move(then), gone = std::vector<Lock>()](Result<void> done) mutable {
                          if (done) gone = erase({&token, 1});  // freed when this goes out of scope
                          then(done ? released(gone) : std::move(done));
                      });
}

std::vector<LockToken> LockTable::tokens_below(const ResourcePath& path) const {
    std::vector<LockToken> tokens;
    const std::shared_lock guard(index_mutex_);
    each_below(path, [&](const std::vector<Lock>& locks) {
        for (const auto& lock : locks) tokens.push_back(lock->token);
    });
    return tokens;
}

std::vector<LockToken> LockTable::tokens_in(const ResourcePath& path) const {
    auto tokens = tokens_below(path);
    const std::shared_lock guard(index_mutex_);
    if (const auto here = by_root_.find(path.str()); here != by_root_.end())
        for (const auto& lock : here->second) tokens.push_back(lock->token);
    return tokens;
}

void LockTable::remove_tree(const ResourcePath& path) {
    if (!empty()) forget_surely(tokens_in(path));
}

Result<void> LockTable::will_replace(const ResourcePath& path, const store::ResourceInfo& there) {
    if (empty() || !journal_ || tokens_below(path).empty()) return {};
    const auto intent = journal_->will_replace(path, there);
    if (!intent) return std::unexpected(intent.error());
    const std::lock_guard guard(replacing_mutex_);
    replacing_[path.str()] = *intent;
    return {};
}

void LockTable::replaced(const ResourcePath& path, bool done) {
    if (done && !empty()) forget_surely(tokens_below(path));
    if (!journal_) return;
    std::unique_lock guard(replacing_mutex_);
    const auto noted = replacing_.extract(path.str());
    guard.unlock();
    if (noted) journal_->done(noted.mapped());
}

std::vector<LockToken> LockTable::expired_before(TimePoint time, std::size_t most) const {
    std::vector<LockToken> tokens;
    const std::shared_lock guard(index_mutex_);
    for (const auto& [expires, lock] : by_expiry_) {
        if (expires > time || tokens.size() == most) break;
        tokens.push_back(lock->token);
    }
    return tokens;
}

void LockTable::drop_expired() {
    if (empty()) return;
    const auto tokens = expired_before(clock_.monotonic() - drop_grace, drop_portion);
    // A lock that stays in the database is expired there too.
    if (!tokens.empty()) (void)forget(tokens);
}

/// One portion at a time: the locks stay in the index until they are removed, and would be submitted again.
void LockTable::drop_expired_later() {
    if (empty() || dropping_.load(std::memory_order_relaxed)) return;
    auto tokens = expired_before(clock_.monotonic() - drop_grace, drop_portion);
    if (tokens.empty() || dropping_.exchange(true)) return;
    try {
        forget_then(std::move(tokens), [this](const Result<void>&) { dropping_.store(false); });
    } catch (...) {
        dropping_.store(false);
        throw;
    }
}

/// An operator has set the system clock. The rows follow, because a restart would otherwise end locks too early or too
/// late.
LockTable::TimePoint::duration LockTable::follow_clock() {
    const std::lock_guard guard(offset_mutex_);
    const auto step = clock_.now() - clock_.monotonic() - offset_;
    if (std::chrono::abs(step) < smallest_clock_step) return offset_;
    auto moved =
        database_->run(lock_rows::shift, [&](Statement& statement) { lock_rows::write_shift(statement, step); });
    if (moved) offset_ += step;
    return offset_;
}

}  // namespace davit::fs
