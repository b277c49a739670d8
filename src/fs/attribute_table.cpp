#include "attributes.hpp"
#include "database.hpp"
#include "file_key.hpp"

namespace davit::fs {
namespace {

class AttributeTable final : public Attributes {
public:
    explicit AttributeTable(Database& database) : database_(database) {}

    Result<std::optional<std::string>> read(int fd) const override {
        const auto key = key_of(fd);
        if (!key) return std::unexpected(key.error());
        std::optional<std::string> value;
        auto done = database_.run("SELECT value, born FROM attribute WHERE device = ?1 AND inode = ?2",
                                  [&](Statement& statement) {
                                      statement.bind(1, key->device).bind(2, key->inode);
                                      if (statement.step() && same_birth(statement.integer(1), key->born))
                                          value = statement.text(0);
                                  });
        if (!done) return std::unexpected(std::move(done.error()));
        return value;
    }

    bool may_have(OwnAttribute /*seen*/) const override { return true; }

    Result<void> write(int fd, const std::string& value) override {
        const auto key = key_of(fd);
        if (!key) return std::unexpected(key.error());
        return database_.run("INSERT OR REPLACE INTO attribute(device, inode, born, value) VALUES(?1, ?2, ?3, ?4)",
                             [&](Statement& statement) {
                                 statement.bind(1, key->device).bind(2, key->inode).bind(3, key->born).bind(4, value);
                                 statement.step();
                             });
    }

    Result<void> clear(int fd) override {
        const auto key = key_of(fd);
        if (!key) return std::unexpected(key.error());
        return database_.run("DELETE FROM attribute WHERE device = ?1 AND inode = ?2", [&](Statement& statement) {
            statement.bind(1, key->device).bind(2, key->inode);
            statement.step();
        });
    }

    Result<void> forget_former(int fd) override { return clear(fd); }
    bool leave_traces() const override { return true; }

    std::string describe() const override { return "the state database"; }

private:
    /// 0: not known when it was written or when it is read.
    static bool same_birth(std::int64_t kept, std::int64_t found) { return kept == found || kept == 0 || found == 0; }

    Database& database_;
};

}  // namespace

std::unique_ptr<Attributes> make_attribute_table(Database& database) {
    return std::make_unique<AttributeTable>(database);
}

}  // namespace davit::fs
