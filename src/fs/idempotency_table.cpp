#include "idempotency_table.hpp"

#include <algorithm>
#include <optional>

#include "database.hpp"

namespace davit::fs {
namespace {

/// The size of a row without the parts that a client chooses.
constexpr std::size_t row_bytes = 100;
/// The status of a row whose request has no response yet, and of one whose response was not stored (added to the real
/// status).
constexpr std::int64_t unfinished = 0;
constexpr std::int64_t not_kept = 1000;
/// The number of expired rows that one call removes.
constexpr std::int64_t old_portion = 100;

// The size of a row, defined once.
#define DAVIT_ROW_BYTES "100 + length(principal) + length(key) + length(fingerprint) + length(fields) + length(body)"

std::size_t weight(const std::string& principal, const std::string& key, const std::string& fingerprint,
                   const store::StoredAnswer& answer) {
    return row_bytes + principal.size() + key.size() + fingerprint.size() + answer.fields.size() + answer.body.size();
}

}  // namespace

struct IdempotencyTable::Row {
    std::string fingerprint;
    std::int64_t status = unfinished;
    std::string fields;
    std::string body;
};

Result<std::unique_ptr<IdempotencyTable>> IdempotencyTable::open(Database& database, const store::Clock& clock) {
    std::unique_ptr<IdempotencyTable> table(new IdempotencyTable(database, clock));
    auto done = database.run("SELECT principal, count(*), sum(" DAVIT_ROW_BYTES ") FROM idempotency GROUP BY principal",
                             [&](Statement& statement) {
                                 Changes found;
                                 while (statement.step())
                                     found.push_back({statement.text(0), statement.integer(1), statement.integer(2)});
                                 table->count(found);
                             });
    if (!done) return std::unexpected(std::move(done.error()));
    return table;
}

void IdempotencyTable::count(const Changes& changes) {
    const std::lock_guard guard(mutex_);
    for (const auto& change : changes) {
        auto& mine = usage_[change.principal];
        for (auto* usage : {&mine, &total_}) {
            usage->entries += static_cast<std::size_t>(change.entries);
            usage->bytes += static_cast<std::size_t>(change.bytes);
        }
        if (mine.entries == 0) usage_.erase(change.principal);
    }
}

void IdempotencyTable::drop_old(Session& session, std::chrono::seconds kept, Changes& changes) const {
    const auto oldest =
        std::chrono::duration_cast<std::chrono::seconds>((clock_.now() - kept).time_since_epoch()).count();
    session.run(
        "DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE begun < ?1 ORDER BY begun LIMIT "
        "?2)"
        " RETURNING principal, " DAVIT_ROW_BYTES,
        [&](Statement& statement) {
            statement.bind(1, std::int64_t{oldest}).bind(2, old_portion);
            while (statement.step()) changes.push_back({statement.text(0), -1, -statement.integer(1)});
        });
}

/// Makes room for `bytes` and `entries` more. Removes the user's own oldest responses, and keeps those of running
/// requests.
void IdempotencyTable::make_room(Session& session, const std::string& principal, std::size_t entries, std::size_t bytes,
                                 const store::IdempotencyLimits& limits, Changes& changes) const {
    std::unique_lock guard(mutex_);
    const auto found = usage_.find(principal);
    auto mine = found == usage_.end() ? Usage() : found->second;
    auto all = total_;
    guard.unlock();
    const auto fits = [&] {
        return mine.entries + entries <= limits.max_entries_per_user && all.entries + entries <= limits.max_entries &&
               mine.bytes + bytes <= limits.max_bytes_per_user && all.bytes + bytes <= limits.max_bytes;
    };
    for (bool more = true; more && !fits();) {
        more = false;
        session.run(
            "DELETE FROM idempotency WHERE rowid = (SELECT rowid FROM idempotency WHERE principal = ?1 AND status <> 0 "
            "ORDER BY begun, rowid LIMIT 1) RETURNING " DAVIT_ROW_BYTES,
            [&](Statement& statement) {
                statement.bind(1, principal);
                while (statement.step()) {
                    more = true;
                    const auto gone = static_cast<std::size_t>(statement.integer(0));
                    changes.push_back({principal, -1, -statement.integer(0)});
                    mine = {mine.entries - 1, mine.bytes - std::min(gone, mine.bytes)};
                    all = {all.entries - 1, all.bytes - std::min(gone, all.bytes)};
                }
            });
    }
}

void IdempotencyTable::remove(Session& session, const Key& key, Changes& changes) const {
    session.run("DELETE FROM idempotency WHERE principal = ?1 AND key = ?2 RETURNING " DAVIT_ROW_BYTES,
                [&](Statement& statement) {
                    statement.bind(1, key.first).bind(2, key.second);
                    while (statement.step()) changes.push_back({key.first, -1, -statement.integer(0)});
                });
}

#undef DAVIT_ROW_BYTES

/// Writes it as the newest row. The key has no row yet.
void IdempotencyTable::write(Session& session, const Key& key, const std::string& fingerprint,
                             const store::StoredAnswer& answer, Changes& changes) const {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
    session.run(
        "INSERT INTO idempotency(principal, key, fingerprint, begun, status, fields, body) VALUES(?1, ?2, ?3, ?4, ?5, "
        "?6, ?7)",
        [&](Statement& statement) {
            statement.bind(1, key.first).bind(2, key.second).bind(3, fingerprint).bind(4, std::int64_t{now});
            statement.bind(5, std::int64_t{answer.status}).bind(6, answer.fields).bind(7, answer.body);
            statement.step();
        });
    changes.push_back({key.first, 1, static_cast<std::int64_t>(weight(key.first, key.second, fingerprint, answer))});
}

/// A user's own stored responses make room. Those of other users stay.
bool IdempotencyTable::has_room(const std::string& principal, const store::IdempotencyLimits& limits) const {
    const std::lock_guard guard(mutex_);
    return usage_.contains(principal) || (total_.entries < limits.max_entries && total_.bytes < limits.max_bytes);
}

/// The key is in `running_`, so no other request uses its row.
Result<store::Beginning> IdempotencyTable::begin_claimed(const Key& key, const std::string& fingerprint,
                                                         const store::IdempotencyLimits& limits) {
    const bool room = has_room(key.first, limits);
    std::optional<Row> row;
    Changes changes;
    auto done = database_.transact([&](Session& session) {
        row.reset();
        changes.clear();
        drop_old(session, limits.kept, changes);
        session.run("SELECT fingerprint, status, fields, body FROM idempotency WHERE principal = ?1 AND key = ?2",
                    [&](Statement& statement) {
                        statement.bind(1, key.first).bind(2, key.second);
                        if (statement.step())
                            row = Row{statement.text(0), statement.integer(1), statement.text(2), statement.text(3)};
                    });
        if (row || !room) return;
        make_room(session, key.first, 1, weight(key.first, key.second, fingerprint, {}), limits, changes);
        write(session, key, fingerprint, {}, changes);
    });
    if (!done) return std::unexpected(std::move(done.error()));
    count(changes);
    if (!row && room) return store::Fresh{};
    if (!row) {
        auto full =
            fail(FailureCode::idempotency_full, "The answers kept for other users fill the room there is for them.");
        full.error().retry_after = std::chrono::seconds(60);
        return full;
    }
    // An older version of the program wrote an empty fingerprint, because it did not distinguish requests by a hash.
    if (!row->fingerprint.empty() && row->fingerprint != fingerprint) return store::Different{};
    if (row->status == unfinished) return store::Interrupted{};
    if (row->status >= not_kept) return store::NotKept{static_cast<unsigned>(row->status - not_kept)};
    return store::StoredAnswer{static_cast<unsigned>(row->status), std::move(row->fields), std::move(row->body)};
}

Result<store::Beginning> IdempotencyTable::begin(const store::IdempotencyKey& asked, const std::string& fingerprint,
                                                 const store::IdempotencyLimits& limits) {
    const Key key{asked.principal, asked.key};
    {
        const std::lock_guard guard(mutex_);
        const auto [at, claimed] = running_.try_emplace(key, fingerprint);
        if (!claimed && at->second != fingerprint) return store::Different{};
        if (!claimed) return store::Running{};
    }
    auto begun = begin_claimed(key, fingerprint, limits);
    if (!begun || !std::holds_alternative<store::Fresh>(*begun)) ended(key);
    return begun;
}

std::string IdempotencyTable::running(const Key& key) {
    const std::lock_guard guard(mutex_);
    const auto at = running_.find(key);
    return at == running_.end() ? std::string() : at->second;
}

void IdempotencyTable::ended(const Key& key) {
    const std::lock_guard guard(mutex_);
    running_.erase(key);
}

/// The row's order is that of the request's end, because the request may have run for long.
Result<void> IdempotencyTable::finish(const store::IdempotencyKey& asked, const store::StoredAnswer& answer,
                                      const store::IdempotencyLimits& limits) {
    const Key key{asked.principal, asked.key};
    const auto fingerprint = running(key);
    auto kept = answer;
    if (answer.fields.size() + answer.body.size() > limits.max_answer_bytes)
        kept = {static_cast<unsigned>(not_kept) + answer.status, {}, {}};
    Changes changes;
    auto done = database_.transact([&](Session& session) {
        changes.clear();
        remove(session, key, changes);
        make_room(session, key.first, 0, kept.fields.size() + kept.body.size(), limits, changes);
        write(session, key, fingerprint, kept, changes);
    });
    if (done) count(changes);
    ended(key);
    return done;
}

Result<void> IdempotencyTable::forget(const store::IdempotencyKey& asked) {
    const Key key{asked.principal, asked.key};
    Changes changes;
    auto done = database_.transact([&](Session& session) {
        changes.clear();
        remove(session, key, changes);
    });
    if (done) count(changes);
    ended(key);
    return done;
}

}  // namespace davit::fs
