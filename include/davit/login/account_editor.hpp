#pragma once
// What `davit user` does to the account files. Each change is whole or not at all, and survives a power cut; two
// editors at once take turns.
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace davit::login {

/// yescrypt as crypt(3) makes it, with a fresh salt and the library's own idea of how slow it should be.
std::expected<std::string, std::string> hash_password(const std::string& password);
/// Why somebody cannot have this name; "" when they can.
std::string check_user_name(std::string_view name);

/// Why there cannot be a group of this name: the file of groups would be read otherwise than meant. "" when there can.
std::string check_group_name(std::string_view name);

/// "name:hash" in the users' file, which is made when it is not there (mode 0640, the folder's group). true: the name
/// is new there.
std::expected<bool, std::string> set_password(const std::string& file, std::string_view name, std::string_view hash);
/// The digest file's lines of that name and realm, for MD5 and SHA-256.
std::expected<void, std::string> set_digest(const std::string& file, std::string_view name, std::string_view realm,
                                            std::string_view password);
/// Puts the name into exactly these groups; groups that become empty go.
std::expected<void, std::string> set_groups(const std::string& file, std::string_view name,
                                            const std::vector<std::string>& groups);
/// Takes every line of that name away. false: there was none.
std::expected<bool, std::string> remove_lines(const std::string& file, std::string_view name);
/// Names in the users' file, in its order.
std::expected<std::vector<std::string>, std::string> user_names(const std::string& file);

}  // namespace davit::login
