#include "write_ahead_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "unique_fd.hpp"

namespace davit::fs {
namespace {

// The formats are those of https://www.sqlite.org/walformat.html.
constexpr std::size_t log_header_size = 32;
constexpr std::size_t index_header_size = 48;  // the index has it twice, then the number of copied pages
constexpr std::uint32_t log_magic = 0x377f0682;
/// SQLite adds one to the first salt whenever it begins the log again.
constexpr std::uint32_t max_restarts = 1U << 24U;

template <std::size_t size>
std::optional<std::array<unsigned char, size>> first_bytes(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    std::array<unsigned char, size> bytes{};
    if (!file || ::pread(file.get(), bytes.data(), size, 0) != static_cast<ssize_t>(size)) return std::nullopt;
    return bytes;
}

std::uint32_t big_endian(const unsigned char* bytes) {
    return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
}

std::uint32_t little_endian(const unsigned char* bytes) {
    return std::uint32_t{bytes[3]} << 24U | std::uint32_t{bytes[2]} << 16U | std::uint32_t{bytes[1]} << 8U | bytes[0];
}

std::uint32_t native(const unsigned char* bytes) {
    std::uint32_t number = 0;
    std::memcpy(&number, bytes, sizeof number);
    return number;
}

using LogHeader = std::array<unsigned char, log_header_size>;

bool has_right_checksum(const LogHeader& header) {
    const bool big = (big_endian(header.data()) & 1U) != 0;
    std::uint32_t one = 0;
    std::uint32_t two = 0;
    for (std::size_t at = 0; at < 24; at += 8) {
        one += (big ? big_endian(&header[at]) : little_endian(&header[at])) + two;
        two += (big ? big_endian(&header[at + 4]) : little_endian(&header[at + 4])) + one;
    }
    return one == big_endian(&header[24]) && two == big_endian(&header[28]);
}

/// 0 when the file cannot be read.
std::uint32_t page_size_of(const std::string& database) {
    const auto header = first_bytes<18>(database);
    if (!header) return 0;
    const auto size = std::uint32_t{(*header)[16]} << 8U | (*header)[17];
    return size == 1 ? 65536 : size;
}

std::unexpected<Failure> useless_log(const std::string& database, const std::string& why) {
    return fail(FailureCode::state_unusable,
                database + "-wal " + why + ": the latest changes of the database cannot be read from it. Restore it " +
                    "from a backup, or move state.db-wal and state.db-shm away: the server then starts without the "
                    "locks, the kept answers and the properties that were in the log.");
}

bool is_of_this_database(const LogHeader& header, const std::string& database) {
    const auto page_size = page_size_of(database);
    if (page_size != 0 && big_endian(&header[8]) != page_size) return false;
    const auto index = read_log_index(database);
    return !index || !index->has_changes() || big_endian(&header[16]) - big_endian(index->salt.data()) < max_restarts;
}

}  // namespace

std::optional<LogIndex> read_log_index(const std::string& database) {
    const auto bytes = first_bytes<2 * index_header_size + 4>(database + "-shm");
    if (!bytes) return std::nullopt;
    const bool complete =
        std::equal(bytes->begin(), bytes->begin() + index_header_size, bytes->begin() + index_header_size);
    const bool begun = (*bytes)[12] == 1;
    if (!complete || !begun) return std::nullopt;
    LogIndex index;
    index.frames = native(&(*bytes)[16]);
    index.copied = native(&(*bytes)[2 * index_header_size]);
    std::copy_n(bytes->begin() + 32, index.salt.size(), index.salt.begin());
    return index;
}

Result<void> check_log(const std::string& database) {
    const auto header = first_bytes<log_header_size>(database + "-wal");
    if (!header || std::ranges::all_of(*header, [](unsigned char byte) { return byte == 0; })) return {};
    if ((big_endian(header->data()) & ~1U) != log_magic || !has_right_checksum(*header))
        return useless_log(database, "is damaged at its beginning");
    if (!is_of_this_database(*header, database)) return useless_log(database, "belongs to another database");
    return {};
}

std::string lost_changes(const std::string& database, const std::optional<LogIndex>& before,
                         const std::optional<LogIndex>& after) {
    if (!before || !after || !before->has_changes()) return {};
    const bool same_log = before->salt == after->salt;
    const bool no_log = after->salt == std::array<unsigned char, 8>{};
    const bool lost = same_log ? after->frames < before->frames : no_log && after->frames == 0;
    if (!lost) return {};
    return database + "-wal was cut off, emptied or damaged after the server had written it: changes that the server " +
           "had confirmed are gone. Locks, kept answers and properties in the database can be older than clients "
           "believe.";
}

}  // namespace davit::fs
