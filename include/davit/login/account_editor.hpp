#pragma once
// Changes that `davit user` makes to the account files. Each change is atomic and survives a power cut. Two editors at
// the same time take turns.
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace davit::login {

/// Hashes a password by crypt(3)'s yescrypt, with a fresh salt and the library's default cost.
std::expected<std::string, std::string> hash_password(const std::string& password);
/// Says why a user cannot have this name; "" when the name is valid.
std::string check_user_name(std::string_view name);

/// Says why a group cannot have this name: the groups file would be read differently from what was meant. "" when the
/// name is valid.
std::string check_group_name(std::string_view name);

/// Writes "name:hash" to the users' file and creates the file when it is missing (mode 0640, the directory's group).
/// Returns true when the name is new.
std::expected<bool, std::string> set_password(const std::string& file, std::string_view name, std::string_view hash);
/// Writes the digest file's lines of that name and realm, for MD5 and SHA-256.
std::expected<void, std::string> set_digest(const std::string& file, std::string_view name, std::string_view realm,
                                            std::string_view password);
/// Puts the name into exactly these groups and removes groups that become empty.
std::expected<void, std::string> set_groups(const std::string& file, std::string_view name,
                                            const std::vector<std::string>& groups);
/// Removes every line of that name. Returns false when there was none.
std::expected<bool, std::string> remove_lines(const std::string& file, std::string_view name);
/// The names in the users' file, in its order.
std::expected<std::vector<std::string>, std::string> user_names(const std::string& file);

}  // namespace davit::login
