#include "lock_table.hpp"

#include <algorithm>

#include "database.hpp"
#include "journal.hpp"

namespace davit::fs {
namespace {

using std::chrono::nanoseconds;
using TimePoint = std::chrono::system_clock::time_point;

/// How often locks that have run out are dropped from index and database.
constexpr std::chrono::seconds drop_interval{10};

std::int64_t ticks(TimePoint time) {
    return std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count();
}
TimePoint time_point(std::int64_t count) {
    return TimePoint(std::chrono::duration_cast<TimePoint::duration>(nanoseconds(count)));
}

Result<void> insert_row(Database& database, const ActiveLock& lock) {
    return database.run(
        "INSERT INTO lock VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)", [&](Statement& statement) {
            statement.bind(1, lock.token).bind(2, lock.root.str()).bind(3, std::int64_t{lock.root_is_collection});
            statement.bind(4, std::int64_t{lock.scope == LockScope::shared})
                .bind(5, std::int64_t{lock.depth == Depth::infinity});
            statement.bind(6, lock.owner_xml).bind(7, lock.principal).bind(8, std::int64_t{lock.timeout.count()});
            statement.bind(9, ticks(lock.created))
                .bind(10, ticks(lock.expires))
                .bind(11, lock.client)
                .bind(12, lock.request_id);
            statement.step();
        });
}

std::optional<ActiveLock> read_row(const Statement& statement) {
    const auto root = ResourcePath::from_decoded(statement.text(1));
    if (!root) return std::nullopt;
    return ActiveLock{.token = statement.text(0),
                      .root = *root,
                      .root_is_collection = statement.integer(2) != 0,
                      .scope = statement.integer(3) != 0 ? LockScope::shared : LockScope::exclusive,
                      .depth = statement.integer(4) != 0 ? Depth::infinity : Depth::zero,
                      .owner_xml = statement.text(5),
                      .principal = statement.text(6),
                      .timeout = std::chrono::seconds(statement.integer(7)),
                      .created = time_point(statement.integer(8)),
                      .expires = time_point(statement.integer(9)),
                      .client = statement.text(10),
                      .request_id = statement.text(11)};
}

/// The keys of a sorted map that lie strictly below `path`.
template <typename Map>
auto range_below(Map& map, const ResourcePath& path) {
    if (path.is_root()) return std::pair(map.upper_bound(""), map.end());
    return std::pair(map.lower_bound(path.str() + '/'), map.lower_bound(path.str() + static_cast<char>('/' + 1)));
}

}  // namespace

Result<std::unique_ptr<LockTable>> LockTable::open(Database* database, Journal* journal, const store::Clock& clock) {
    std::unique_ptr<LockTable> table(new LockTable(database, journal, clock));
    if (!database) return table;
    auto done = database->run(
        "SELECT token, root, collection, shared, infinity, owner, principal, timeout, created, expires, client, "
        "request_id FROM lock",
        [&](Statement& statement) {
            while (statement.step())
                if (auto lock = read_row(statement))
                    table->insert(std::make_shared<const ActiveLock>(std::move(*lock)));
        });
    if (!done) return std::unexpected(std::move(done.error()));
    return table;
}

void LockTable::insert(Lock lock) {
    const std::unique_lock guard(index_mutex_);
    by_root_[lock->root.str()].push_back(lock);
    ++by_principal_[lock->principal];
    by_token_[lock->token] = std::move(lock);
    size_.store(by_token_.size(), std::memory_order_release);
}

void LockTable::erase(const LockToken& token) {
    const std::unique_lock guard(index_mutex_);
    const auto found = by_token_.find(token);
    if (found == by_token_.end()) return;
    const auto lock = found->second;
    by_token_.erase(found);
    const auto at_root = by_root_.find(lock->root.str());
    std::erase(at_root->second, lock);
    if (at_root->second.empty()) by_root_.erase(at_root);
    if (--by_principal_[lock->principal] == 0) by_principal_.erase(lock->principal);
    size_.store(by_token_.size(), std::memory_order_release);
}

std::vector<LockTable::Lock> LockTable::covering(const ResourcePath& path) const {
    std::vector<Lock> found;
    if (empty()) return found;
    const std::shared_lock guard(index_mutex_);
    auto root = path;
    while (true) {
        if (const auto here = by_root_.find(root.str()); here != by_root_.end())
            for (const auto& lock : here->second)
                if (lock->covers(path) && alive(*lock)) found.push_back(lock);
        if (root.is_root()) return found;
        root = root.parent();
    }
}

std::vector<LockTable::Lock> LockTable::below(const ResourcePath& path) const {
    std::vector<Lock> found;
    const std::shared_lock guard(index_mutex_);
    const auto [begin, end] = range_below(by_root_, path);
    for (auto root = begin; root != end; ++root)
        for (const auto& lock : root->second)
            if (alive(*lock)) found.push_back(lock);
    return found;
}

std::optional<ActiveLock> LockTable::find(const LockToken& token) const {
    const std::shared_lock guard(index_mutex_);
    const auto found = by_token_.find(token);
    if (found == by_token_.end() || !alive(*found->second)) return std::nullopt;
    return *found->second;
}

std::vector<LockTable::Lock> LockTable::all() const {
    std::vector<Lock> found;
    const std::shared_lock guard(index_mutex_);
    for (const auto& [root, locks] : by_root_)
        for (const auto& lock : locks)
            if (alive(*lock)) found.push_back(lock);
    return found;
}

std::size_t LockTable::count(std::string_view principal) const {
    const std::shared_lock guard(index_mutex_);
    const auto found = by_principal_.find(std::string(principal));
    return found == by_principal_.end() ? 0 : found->second;
}

Result<void> LockTable::add(const ActiveLock& lock) {
    const std::lock_guard guard(writing_);
    drop_expired();
    if (database_)
        if (auto done = insert_row(*database_, lock); !done) return done;
    insert(std::make_shared<const ActiveLock>(lock));
    return {};
}

Result<void> LockTable::refresh(const LockToken& token, std::chrono::seconds timeout, TimePoint expires) {
    const std::lock_guard guard(writing_);
    auto lock = find(token);
    if (!lock) return fail(FailureCode::not_found, "The lock is gone.");
    lock->timeout = timeout;
    lock->expires = expires;
    if (database_) {
        auto done =
            database_->run("UPDATE lock SET timeout = ?2, expires = ?3 WHERE token = ?1", [&](Statement& statement) {
                statement.bind(1, token).bind(2, std::int64_t{timeout.count()}).bind(3, ticks(expires));
                statement.step();
            });
        if (!done) return done;
    }
    erase(token);
    insert(std::make_shared<const ActiveLock>(std::move(*lock)));
    return {};
}

constexpr const char* delete_row = "DELETE FROM lock WHERE token = ?1";

Result<void> LockTable::forget(const LockToken& token) {
    if (database_) {
        auto done = database_->run(delete_row, [&](Statement& statement) {
            statement.bind(1, token);
            statement.step();
        });
        if (!done) return done;
    }
    erase(token);
    return {};
}

void LockTable::forget_surely(const LockToken& token) {
    erase(token);
    if (database_)
        database_->insist(delete_row, [token](Statement& statement) {
            statement.bind(1, token);
            statement.step();
        });
}

Result<void> LockTable::remove(const LockToken& token) {
    const std::lock_guard guard(writing_);
    if (!find(token)) return fail(FailureCode::not_found, "The lock is gone.");
    return forget(token);
}

std::vector<LockToken> LockTable::tokens_below(const ResourcePath& path) const {
    std::vector<LockToken> tokens;
    const std::shared_lock guard(index_mutex_);
    const auto [begin, end] = range_below(by_root_, path);
    for (auto root = begin; root != end; ++root)
        for (const auto& lock : root->second) tokens.push_back(lock->token);
    return tokens;
}

void LockTable::remove_tree(const ResourcePath& path) {
    if (empty()) return;
    const std::lock_guard guard(writing_);
    auto tokens = tokens_below(path);
    {
        const std::shared_lock index(index_mutex_);
        if (const auto here = by_root_.find(path.str()); here != by_root_.end())
            for (const auto& lock : here->second) tokens.push_back(lock->token);
    }
    for (const auto& token : tokens) forget_surely(token);
}

Result<void> LockTable::will_replace(const ResourcePath& path, const store::ResourceInfo& there) {
    if (empty()) return {};
    const std::lock_guard guard(writing_);
    if (!journal_ || tokens_below(path).empty()) return {};
    const auto intent = journal_->will_replace(path, there);
    if (!intent) return std::unexpected(intent.error());
    replacing_[path.str()] = *intent;
    return {};
}

void LockTable::replaced(const ResourcePath& path, bool done) {
    const std::lock_guard guard(writing_);
    if (done)
        for (const auto& token : tokens_below(path)) forget_surely(token);
    if (const auto noted = replacing_.extract(path.str())) journal_->done(noted.mapped());
}

void LockTable::drop_expired() {
    const auto now = clock_.now();
    if (now - last_drop_ < drop_interval) return;
    last_drop_ = now;
    std::vector<LockToken> expired;
    {
        const std::shared_lock guard(index_mutex_);
        for (const auto& [token, lock] : by_token_)
            if (lock->expires <= now) expired.push_back(token);
    }
    // One that stays in the database is expired there too.
    for (const auto& token : expired) (void)forget(token);
}

}  // namespace davit::fs
