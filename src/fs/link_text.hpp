#pragma once
// The text that a symbolic link needs to keep its target after a relocation.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace davit::fs {

/// Names from the root down, none of them a link.
using Steps = std::vector<std::string>;

/// A copied or moved tree, by the canonical names of its top before and after.
struct Relocation {
    Steps from;
    Steps to;
};

/// True when a link in a directory `level` levels below the top of a tree leads out of the tree on its way. Then its
/// meaning depends on the tree's place.
bool leaves_tree(std::string_view text, std::size_t level);

/// Returns the link's present target, if it has one.
using Resolve = std::function<std::optional<Steps>()>;
/// The text that a link in the directory `below` (names from the top of the tree) needs after the relocation. A target
/// in the tree is found in the relocated tree, any other where it is. Returns nothing when that is undecidable: a name
/// before ".." may be a link, and the link has no target.
std::optional<std::string> relocated_text(std::string_view text, const Steps& below, const Relocation& relocation,
                                          const Resolve& resolve);
/// The same for a link that is itself relocated.
std::optional<std::string> relocated_text(std::string_view text, const Relocation& relocation, const Resolve& resolve);

/// Splits "a/b" into steps, without "." and empty names.
Steps split_steps(std::string_view text);

}  // namespace davit::fs
