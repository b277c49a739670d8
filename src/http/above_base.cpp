#include "davit/http/above_base.hpp"

namespace davit::http {
namespace {

engine::Policy policy_above(engine::Policy policy) {
    policy.read_only = true;
    policy.propfind_infinity = false;  // it would have to go through all that is served
    return policy;
}

/// As old as the first look: the same for all.
store::FileTime since(const store::Clock& clock) {
    static const auto first = std::chrono::time_point_cast<std::chrono::nanoseconds>(clock.now());
    return first;
}

}  // namespace

AboveBase::AboveBase(const ResourcePath& base, const engine::Services& below)
    : overview({base}, since(below.clock)),
      services(overview, overview, overview, below.clock, below.tokens, policy_above(below.policy)) {}

}  // namespace davit::http
