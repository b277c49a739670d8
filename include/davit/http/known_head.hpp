#pragma once
// Heads of requests as they came not long ago, word for word, and what they were understood as: whoever polls, lists or
// saves asks in the same words each time.
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

/// A parser as a request needs it.
void prepare(Parser& parser, const Limits& limits);

/// Belongs to the loop that made it; its requests alone look at it and fill it in.
struct KnownHead {
    std::string bytes;  ///< up to and with the empty line
    Parser parser;      ///< has all of them and is given nothing more: a body after them must not be chunked

    /// What follows from these bytes and nothing else, once somebody has asked.
    struct Checked {                                      ///< check_head() had nothing to say
        std::optional<std::uint64_t> under;               ///< Settings::serial
        const headers::PublicAddress* address = nullptr;  ///< what the target was read by
        ResourcePath path{};
    };
    Checked checked{};
    std::shared_ptr<const engine::Preconditions> preconditions{};  ///< of a head without If

    /// The fields that tell one content from another, as they were written for the last answer to these bytes.
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

/// The last few heads of a loop. A head is kept when it comes for the second time, unless it is long or carries
/// credentials: those stay in memory for no longer than they are needed.
class KnownHeads {
public:
    static constexpr std::size_t longest = 2048;  ///< bytes

    /// The head `input` begins with, or null.
    std::shared_ptr<KnownHead> find(std::string_view input, const Limits& limits);

private:
    struct Slot {
        std::size_t hash = 0;  ///< of `known`, or of a head that cannot be kept
        std::shared_ptr<KnownHead> known{};
        bool used = false;  ///< since somebody else wanted this place
    };
    Slot& place_for(std::size_t hash);
    bool seen_before(std::size_t hash);

    std::array<Slot, 512> slots_;
    std::array<std::uint32_t, 4096> seen_{};  ///< parts of the hashes of heads that came once
};

}  // namespace davit::http
