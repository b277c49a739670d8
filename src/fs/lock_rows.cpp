#include "lock_rows.hpp"

#include <algorithm>

#include "davit/core/lock_info.hpp"

namespace davit::fs::lock_rows {
namespace {

std::int64_t ticks(TimePoint time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}
TimePoint time_point(std::int64_t count) {
    return TimePoint(std::chrono::duration_cast<TimePoint::duration>(std::chrono::nanoseconds(count)));
}

/// A JSON array. The server makes the tokens, so they need no escapes.
std::string json_array(std::span<const LockToken> tokens) {
    std::string text = "[";
    for (const auto& token : tokens) (((text += text.size() > 1 ? "," : "") += '"') += token) += '"';
    return text + "]";
}

constexpr const char* delete_row = "DELETE FROM lock WHERE token = ?1";
constexpr const char* delete_rows =
    "DELETE FROM lock WHERE token IN (SELECT CAST(value AS BLOB) FROM json_each(CAST(?1 AS TEXT)))";

}  // namespace

std::optional<ActiveLock> read(const Statement& statement, TimePoint::duration offset, TimePoint now) {
    const auto root = ResourcePath::from_decoded(statement.text(1));
    if (!root) return std::nullopt;
    const auto timeout = std::chrono::seconds(statement.integer(7));
    const auto expires = time_point(statement.integer(9)) - offset;
    auto owner = statement.text(5);
    if (owner.size() > LockInfo::longest_owner) owner.clear();
    return ActiveLock{.token = statement.text(0),
                      .root = *root,
                      .root_is_collection = statement.integer(2) != 0,
                      .scope = statement.integer(3) != 0 ? LockScope::shared : LockScope::exclusive,
                      .depth = statement.integer(4) != 0 ? Depth::infinity : Depth::zero,
                      .owner_xml = std::move(owner),
                      .principal = statement.text(6),
                      .timeout = timeout,
                      .created = std::min(time_point(statement.integer(8)) - offset, now),
                      .expires = timeout.count() > 0 ? std::min<TimePoint>(expires, now + timeout) : expires,
                      .client = statement.text(10),
                      .request_id = statement.text(11)};
}

void write(Statement& statement, const ActiveLock& lock, TimePoint::duration offset) {
    statement.bind(1, lock.token).bind(2, lock.root.str()).bind(3, std::int64_t{lock.root_is_collection});
    statement.bind(4, std::int64_t{lock.scope == LockScope::shared})
        .bind(5, std::int64_t{lock.depth == Depth::infinity});
    statement.bind(6, lock.owner_xml).bind(7, lock.principal).bind(8, std::int64_t{lock.timeout.count()});
    statement.bind(9, ticks(lock.created + offset)).bind(10, ticks(lock.expires + offset));
    statement.bind(11, lock.client).bind(12, lock.request_id).step();
}

void write_times(Statement& statement, const LockToken& token, std::chrono::seconds timeout, TimePoint expires) {
    statement.bind(1, token).bind(2, std::int64_t{timeout.count()}).bind(3, ticks(expires)).step();
}

void write_shift(Statement& statement, TimePoint::duration step) {
    statement.bind(1, std::int64_t{std::chrono::duration_cast<std::chrono::nanoseconds>(step).count()}).step();
}

Deletion::Deletion(std::span<const LockToken> tokens)
    : sql(tokens.size() == 1 ? delete_row : delete_rows),
      use([what = tokens.size() == 1 ? tokens.front() : json_array(tokens)](Statement& statement) {
          statement.bind(1, what).step();
      }) {}

}  // namespace davit::fs::lock_rows
