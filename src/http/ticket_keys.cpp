#include "davit/http/ticket_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <span>

namespace davit::http {
namespace {

bool fill(std::span<unsigned char> bytes) {
    return RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
}

}  // namespace

TicketKeys::~TicketKeys() {
    OPENSSL_cleanse(&current_, sizeof current_);
    OPENSSL_cleanse(&previous_, sizeof previous_);
}

void TicketKeys::drop_old(Time now) {
    if (current_ && now - current_->made >= period) {
        previous_ = current_;
        current_.reset();
    }
    if (previous_ && now - previous_->made >= 2 * period) previous_.reset();
}

std::optional<TicketKeys::Key> TicketKeys::current(Time now) {
    const std::lock_guard guard(mutex_);
    drop_old(now);
    if (!current_) {
        Dated fresh{{}, now};
        if (!fill(fresh.key.name) || !fill(fresh.key.cipher) || !fill(fresh.key.mac)) return std::nullopt;
        current_ = fresh;
    }
    return current_->key;
}

std::optional<TicketKeys::Key> TicketKeys::find(const unsigned char* name, Time now) {
    const std::lock_guard guard(mutex_);
    drop_old(now);
    for (const auto* each : {&current_, &previous_})
        if (*each && std::equal((*each)->key.name.begin(), (*each)->key.name.end(), name)) return (*each)->key;
    return std::nullopt;
}

}  // namespace davit::http
