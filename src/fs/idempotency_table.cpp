#include "idempotency_table.hpp"

#include <optional>

#include "database.hpp"

namespace davit::fs {
namespace {

struct Kept {
    std::string fingerprint;
    store::StoredAnswer answer;  ///< status 0: begun and not finished
};

}  // namespace

Result<void> IdempotencyTable::drop_old(std::chrono::seconds kept, std::size_t most) {
    const auto oldest =
        std::chrono::duration_cast<std::chrono::seconds>((clock_.now() - kept).time_since_epoch()).count();
    return database_.run(
        "DELETE FROM idempotency WHERE begun < ?1 OR status <> 0 AND rowid IN "
        "(SELECT rowid FROM idempotency ORDER BY begun DESC, rowid DESC LIMIT -1 OFFSET ?2)",
        [&](Statement& statement) {
            statement.bind(1, std::int64_t{oldest}).bind(2, static_cast<std::int64_t>(most));
            statement.step();
        });
}

Result<store::Beginning> IdempotencyTable::begin(const store::IdempotencyKey& key, const std::string& fingerprint,
                                                 std::chrono::seconds kept, std::size_t most) {
    const std::lock_guard guard(mutex_);
    if (const auto at = running_.find({key.principal, key.key}); at != running_.end()) {
        if (at->second != fingerprint) return store::Different{};
        return store::Running{};
    }
    if (auto dropped = drop_old(kept, most); !dropped) return std::unexpected(std::move(dropped.error()));
    std::optional<Kept> row;
    auto read = database_.run(
        "SELECT fingerprint, status, fields, body FROM idempotency WHERE principal = ?1 AND key = ?2",
        [&](Statement& statement) {
            statement.bind(1, key.principal).bind(2, key.key);
            if (statement.step())
                row = Kept{statement.text(0),
                           {static_cast<unsigned>(statement.integer(1)), statement.text(2), statement.text(3)}};
        });
    if (!read) return std::unexpected(std::move(read.error()));
    if (row) {
        if (row->fingerprint != fingerprint) return store::Different{};
        if (row->answer.status != 0) return std::move(row->answer);
        return store::Interrupted{};
    }
    if (auto added = write(key, fingerprint, {}); !added) return std::unexpected(std::move(added.error()));
    running_.emplace(std::pair(key.principal, key.key), fingerprint);
    return store::Fresh{};
}

/// As the newest of all rows.
Result<void> IdempotencyTable::write(const store::IdempotencyKey& key, const std::string& fingerprint,
                                     const store::StoredAnswer& answer) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
    return database_.run(
        "REPLACE INTO idempotency(principal, key, fingerprint, begun, status, fields, body) VALUES(?1, ?2, ?3, ?4, ?5, "
        "?6, ?7)",
        [&](Statement& statement) {
            statement.bind(1, key.principal).bind(2, key.key).bind(3, fingerprint).bind(4, std::int64_t{now});
            statement.bind(5, std::int64_t{answer.status}).bind(6, answer.fields).bind(7, answer.body);
            statement.step();
        });
}

std::string IdempotencyTable::running(const store::IdempotencyKey& key) {
    const std::lock_guard guard(mutex_);
    const auto at = running_.find({key.principal, key.key});
    return at == running_.end() ? std::string() : at->second;
}

void IdempotencyTable::ended(const store::IdempotencyKey& key) {
    const std::lock_guard guard(mutex_);
    running_.erase({key.principal, key.key});
}

/// Its place in the order is that of its end: it may have been long at work.
Result<void> IdempotencyTable::finish(const store::IdempotencyKey& key, const store::StoredAnswer& answer) {
    auto done = write(key, running(key), answer);
    ended(key);
    return done;
}

Result<void> IdempotencyTable::forget(const store::IdempotencyKey& key) {
    auto done = database_.run("DELETE FROM idempotency WHERE principal = ?1 AND key = ?2", [&](Statement& statement) {
        statement.bind(1, key.principal).bind(2, key.key);
        statement.step();
    });
    ended(key);
    return done;
}

}  // namespace davit::fs
