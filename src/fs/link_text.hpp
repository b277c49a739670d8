#pragma once
// What a symbolic link has to say to lead to the same place from somewhere else.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace davit::fs {

/// Names from the root down, none of them a link.
using Steps = std::vector<std::string>;

/// A tree that is copied or moved, by the canonical names of its top before and after.
struct Relocation {
    Steps from;
    Steps to;
};

/// Does a link in a folder `level` folders below the top of a tree lead out of that tree on its way? Then what it means
/// depends on where the tree stands.
bool leaves_tree(std::string_view text, std::size_t level);

/// Where the link leads now, if it does.
using Resolve = std::function<std::optional<Steps>()>;
/// The text that a link in the folder `below` (names from the top of the tree) needs after the relocation: what is in
/// the tree is found in the tree, everything else where it is. Nothing when that cannot be told: names before ".." can
/// be links, and the link leads nowhere.
std::optional<std::string> relocated_text(std::string_view text, const Steps& below, const Relocation& relocation,
                                          const Resolve& resolve);
/// The same of a link that is itself what is moved.
std::optional<std::string> relocated_text(std::string_view text, const Relocation& relocation, const Resolve& resolve);

/// "a/b" as steps; no "." or empty names.
Steps split_steps(std::string_view text);

}  // namespace davit::fs
