#pragma once
// Recent request heads, byte for byte, and their parsed form: clients that poll, list or save send the same head each
// time.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "davit/engine/services.hpp"
#include "davit/http/request_body.hpp"
#include "davit/http/server_options.hpp"

namespace davit::http {

struct Settings;

/// Configures a parser for a request.
void prepare(Parser& parser, const Limits& limits);

/// Belongs to the loop that made it; only requests of this loop read and fill it.
struct KnownHead {
    std::string bytes;  ///< up to and with the empty line
    Parser parser;      ///< has parsed them and gets no more: a body after them must not be chunked

    /// The results that depend on these bytes only, after the first request.
    struct Checked {                                      ///< check_head() accepted the head
        std::optional<std::uint64_t> under;               ///< Settings::serial
        const headers::PublicAddress* address = nullptr;  ///< by which the target was read
        ResourcePath path{};
    };
    Checked checked{};
    std::shared_ptr<const engine::Preconditions> preconditions{};  ///< of a head without If

    /// The validator fields of the last answer to these bytes.
    struct Validators {
        std::uint64_t identity = 0, size = 0;
        store::FileTime modified{};
        std::string fields{};

        bool are_of(const store::ResourceInfo& info) const {
            return !fields.empty() && identity == info.identity && size == info.size && modified == info.modified;
        }
    };
    Validators validators{};
};

/// The recent heads of a loop. A head is kept when it comes for the second time, unless it is long or carries
/// credentials: these stay in memory only as long as a request needs them.
class KnownHeads {
public:
    static constexpr std::size_t longest = 2048;  ///< bytes

    /// The kept head with which `input` begins, or null.
    std::shared_ptr<KnownHead> find(std::string_view input, const Limits& limits);

private:
    struct Slot {
        std::size_t hash = 0;  ///< of `known`, or of a head that cannot be kept
        std::shared_ptr<KnownHead> known{};
        bool used = false;  ///< since another head last needed this slot
    };
    Slot& place_for(std::size_t hash);
    bool seen_before(std::size_t hash);

    std::array<Slot, 512> slots_;
    std::array<std::uint32_t, 4096> seen_{};  ///< parts of the hashes of heads that came once
};

}  // namespace davit::http
