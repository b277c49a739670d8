#pragma once
// The namespace declarations in scope while a document is walked. A look-up costs the logarithm of their number.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace davit::xml {

class Scope {
public:
    /// xml:lang is stored like a declaration, under a key that no prefix can have.
    static constexpr std::string_view language = "xml:lang";

    struct Binding {
        std::string_view ns;
        std::size_t level = 0;  ///< of the element that declares it; the root has 1
    };

    void enter() { marks_.push_back(declared_.size()); }
    /// Undoes all declarations since the matching enter().
    void leave();
    /// `prefix` and `ns` must outlive the element.
    void declare(std::string_view prefix, std::string_view ns);
    /// The innermost declaration; null when there is none.
    const Binding* find(std::string_view prefix) const;
    std::size_t level() const { return marks_.size(); }
    std::size_t declarations() const { return declared_.size(); }
    std::uint64_t steps() const { return steps_; }  ///< comparisons so far

private:
    struct Less {
        std::uint64_t* steps;
        bool operator()(std::string_view a, std::string_view b) const {
            ++*steps;
            return a < b;
        }
    };
    using ByPrefix = std::map<std::string_view, std::vector<Binding>, Less>;
    mutable std::uint64_t steps_ = 0;
    ByPrefix by_prefix_{Less{&steps_}};
    std::vector<ByPrefix::iterator> declared_;  ///< in document order
    std::vector<std::size_t> marks_;            ///< one for each open element: the number of declarations before it

public:
    Scope() = default;
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
};

}  // namespace davit::xml
