#pragma once
// Addresses of peers, and lists of networks.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace davit {

/// An IPv4 or IPv6 address. IPv4 inside of IPv6 ("::ffff:192.0.2.1") is that IPv4 address.
class IpAddress {
public:
    /// "192.0.2.1" or "2001:db8::1": no port, no brackets, no zone.
    static std::optional<IpAddress> parse(std::string_view text);
    static IpAddress v4(const std::array<std::uint8_t, 4>& bytes);
    static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);

    /// The canonical text: equal addresses have equal texts.
    std::string str() const;
    bool is_v4() const { return v4_; }
    friend bool operator==(const IpAddress&, const IpAddress&) = default;

private:
    friend class Network;
    std::array<std::uint8_t, 16> bytes_{};  ///< IPv4 as ::ffff:a.b.c.d
    bool v4_ = false;
};

/// "10.0.0.0/8", "2001:db8::/32", or one address.
class Network {
public:
    static std::optional<Network> parse(std::string_view text);
    bool contains(const IpAddress& address) const;
    friend bool operator==(const Network&, const Network&) = default;

private:
    IpAddress first_;
    unsigned bits_ = 0;  ///< of the 128, the number that must match
};

/// Peers that a configuration names: networks, and "unix" for every peer of a unix socket.
class PeerList {
public:
    /// Returns false when the text is neither an address, nor a network, nor "unix".
    bool add(std::string_view text);
    bool empty() const { return networks_.empty() && !unix_; }
    /// `peer`: a numeric address or "unix".
    bool contains(std::string_view peer) const;
    friend bool operator==(const PeerList&, const PeerList&) = default;

private:
    std::vector<Network> networks_;
    bool unix_ = false;
};

}  // namespace davit
