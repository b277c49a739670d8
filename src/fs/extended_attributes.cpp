#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <span>

#include "attributes.hpp"
#include "errors.hpp"
#include "unique_fd.hpp"

namespace davit::fs {
namespace {

constexpr std::size_t usual_size = 4096;

/// getxattrat(2), Linux 6.13: needs no descriptor for each member of a listing.
ssize_t get_attribute_at(int folder, const char* name, std::span<char> into) {
    constexpr long getxattrat = 464;
    struct {
        std::uint64_t value;
        std::uint32_t size;
        std::uint32_t flags;
    } arguments{reinterpret_cast<std::uintptr_t>(into.data()), static_cast<std::uint32_t>(into.size()), 0};
    return ::syscall(getxattrat, folder, name, AT_SYMLINK_NOFOLLOW, properties_attribute, &arguments, sizeof arguments);
}

bool has_none(int error) {
    return error == ENODATA || error == EOPNOTSUPP;
}

class ExtendedAttributes final : public Attributes {
public:
    Result<std::optional<std::string>> read(int fd) const override {
        std::array<char, usual_size> usual;
        const auto got = ::fgetxattr(fd, properties_attribute, usual.data(), usual.size());
        if (got >= 0) return std::string(usual.data(), static_cast<std::size_t>(got));
        if (has_none(errno)) return std::nullopt;
        if (errno != ERANGE) return system_error("fgetxattr");
        return read_large(fd);
    }

    bool may_have(AttributesSeen seen) const override { return seen.properties; }

    Result<std::optional<std::string>> read_at(int folder, const char* name) const override {
        std::array<char, usual_size> usual;
        const auto got = get_attribute_at(folder, name, usual);
        if (got >= 0) return std::string(usual.data(), static_cast<std::size_t>(got));
        if (has_none(errno)) return std::nullopt;
        // The value is too large for the array, or the kernel does not know the call.
        return Attributes::read_at(folder, name);
    }

    Result<void> write(int fd, const std::string& value) override {
        if (::fsetxattr(fd, properties_attribute, value.data(), value.size(), 0) == 0) return {};
        if (errno == E2BIG || errno == ERANGE) return system_error("fsetxattr", ENOSPC);
        return system_error("fsetxattr");
    }

    Result<void> clear(int fd) override {
        if (::fremovexattr(fd, properties_attribute) == 0 || errno == ENODATA || errno == EOPNOTSUPP) return {};
        return system_error("fremovexattr");
    }

    Result<void> forget_former(int) override { return {}; }
    bool leave_traces() const override { return false; }

    std::string describe() const override { return "extended attributes"; }

private:
    static Result<std::optional<std::string>> read_large(int fd) {
        std::string value;
        while (true) {
            const auto size = ::fgetxattr(fd, properties_attribute, nullptr, 0);
            if (size < 0) return has_none(errno) ? Result<std::optional<std::string>>() : system_error("fgetxattr");
            value.resize(static_cast<std::size_t>(size) + usual_size);
            const auto got = ::fgetxattr(fd, properties_attribute, value.data(), value.size());
            if (got < 0 && errno == ERANGE) continue;  // it has grown meanwhile
            if (got < 0) return has_none(errno) ? Result<std::optional<std::string>>() : system_error("fgetxattr");
            value.resize(static_cast<std::size_t>(got));
            return value;
        }
    }
};

}  // namespace

Result<std::optional<std::string>> Attributes::read_at(int folder, const char* name) const {
    const UniqueFd fd(::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd) return system_error("openat");
    return read(fd.get());
}

std::unique_ptr<Attributes> make_extended_attributes() {
    return std::make_unique<ExtendedAttributes>();
}

bool keeps_extended_attributes(int fd) {
    constexpr const char* probe = "user.davit.probe";
    if (::fsetxattr(fd, probe, "1", 1, 0) == 0) {
        ::fremovexattr(fd, probe);
        return true;
    }
    return errno != EOPNOTSUPP && errno != ENOTSUP;
}

}  // namespace davit::fs
