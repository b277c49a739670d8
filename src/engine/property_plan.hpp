#pragma once
// Property instructions as a plan, and its report as an answer: PROPPATCH and the extended MKCOL share it.
#include <span>

#include "davit/core/property.hpp"
#include "davit/engine/live_properties.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

/// One step an instruction, in document order, all or nothing (RFC 4918, 9.2).
plan::Plan property_plan(const PropertyUpdate& update);
/// One response: the failure's propstat first, then what depends on it; each name once, however often it was named.
MultiStatus property_answer(const plan::Report& report, const ResourcePath& path, bool collection,
                            std::span<const WouldFail> also = {});
/// The report of a plan that failed, with property_answer as its body. `judge` stages an instruction for nothing: those
/// after the cause that would have failed by themselves are named with it, so that one answer tells all mistakes.
Refusal property_refusal(const plan::Report& report, const ResourcePath& path, bool collection,
                         const plan::Attempt& judge);

}  // namespace davit::engine
