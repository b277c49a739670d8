#include <sys/xattr.h>

#include "attributes.hpp"
#include "errors.hpp"

namespace davit::fs {
namespace {

constexpr const char* attribute = "user.davit.properties";
constexpr std::size_t usual_size = 4096;

class ExtendedAttributes final : public Attributes {
public:
    Result<std::optional<std::string>> read(int fd) const override {
        std::string value(usual_size, '\0');
        while (true) {
            const auto got = ::fgetxattr(fd, attribute, value.data(), value.size());
            if (got >= 0) {
                value.resize(static_cast<std::size_t>(got));
                return value;
            }
            if (errno == ENODATA || errno == EOPNOTSUPP) return std::nullopt;
            if (errno != ERANGE) return system_error("fgetxattr");
            const auto size = ::fgetxattr(fd, attribute, nullptr, 0);
            if (size < 0) return system_error("fgetxattr");
            value.resize(static_cast<std::size_t>(size) + usual_size);
        }
    }

    Result<void> write(int fd, const std::string& value) override {
        if (::fsetxattr(fd, attribute, value.data(), value.size(), 0) == 0) return {};
        if (errno == E2BIG || errno == ERANGE) return system_error("fsetxattr", ENOSPC);
        return system_error("fsetxattr");
    }

    Result<void> clear(int fd) override {
        if (::fremovexattr(fd, attribute) == 0 || errno == ENODATA || errno == EOPNOTSUPP) return {};
        return system_error("fremovexattr");
    }

    Result<void> forget_former(int) override { return {}; }
    bool leave_traces() const override { return false; }

    std::string describe() const override { return "extended attributes"; }
};

}  // namespace

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
