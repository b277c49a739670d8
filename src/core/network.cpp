#include "davit/core/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace davit {
namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;

}  // namespace

IpAddress IpAddress::v4(const std::array<std::uint8_t, 4>& bytes) {
    IpAddress address;
    std::ranges::copy(mapped, address.bytes_.begin());
    std::ranges::copy(bytes, address.bytes_.begin() + mapped.size());
    address.v4_ = true;
    return address;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress address;
    address.bytes_ = bytes;
    address.v4_ = std::equal(mapped.begin(), mapped.end(), bytes.begin());
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> name{};
    if (text.empty() || text.size() >= name.size() || text.contains('\0')) return std::nullopt;
    std::ranges::copy(text, name.begin());
    std::array<std::uint8_t, 4> four{};
    if (::inet_pton(AF_INET, name.data(), four.data()) == 1) return v4(four);
    std::array<std::uint8_t, 16> six{};
    if (::inet_pton(AF_INET6, name.data(), six.data()) == 1) return v6(six);
    return std::nullopt;
}

std::string IpAddress::str() const {
    std::array<char, INET6_ADDRSTRLEN> name{};
    const auto* bytes = v4_ ? bytes_.data() + mapped.size() : bytes_.data();
    ::inet_ntop(v4_ ? AF_INET : AF_INET6, bytes, name.data(), name.size());
    return name.data();
}

std::optional<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned offset = address->is_v4() ? mapped_bits : 0;
    Network network;
    network.first_ = *address;
    network.bits_ = 128;
    if (slash == std::string_view::npos) return network;
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits > 128 - offset) return std::nullopt;
    network.bits_ = bits + offset;
    return network;
}

bool Network::contains(const IpAddress& address) const {
    if (address.is_v4() != first_.is_v4()) return false;
    const auto whole = bits_ / 8;
    if (std::memcmp(address.bytes_.data(), first_.bytes_.data(), whole) != 0) return false;
    const auto rest = bits_ % 8;
    if (rest == 0) return true;
    const auto differing = static_cast<unsigned>(address.bytes_[whole] ^ first_.bytes_[whole]);
    return differing >> (8 - rest) == 0;
}

bool PeerList::add(std::string_view text) {
    if (text == "unix") return unix_ = true;
    const auto network = Network::parse(text);
    if (network) networks_.push_back(*network);
    return network.has_value();
}

bool PeerList::contains(std::string_view peer) const {
    if (peer == "unix") return unix_;
    if (networks_.empty()) return false;
    const auto address = IpAddress::parse(peer);
    return address && std::ranges::any_of(networks_, [&](const auto& network) { return network.contains(*address); });
}

}  // namespace davit
