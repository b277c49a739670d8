#pragma once
// Makes a plan of property instructions and a response of its report. PROPPATCH and the extended MKCOL share it.
#include <span>

#include "davit/core/property.hpp"
#include "davit/engine/live_properties.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

/// One step for each instruction, in document order, all or nothing (RFC 4918, 9.2).
plan::Plan property_plan(const PropertyUpdate& update);
/// One response: the failure's propstat first, then its dependents. Each name appears once, even if the request repeats
/// it.
MultiStatus property_answer(const plan::Report& report, const ResourcePath& path, bool collection,
                            std::span<const WouldFail> also = {});
/// Makes a Refusal of a failed plan, with property_answer as its body. `judge` checks an instruction without effect.
/// The response also names the properties after the cause that would fail by themselves, so that one response reports
/// all mistakes.
Refusal property_refusal(const plan::Report& report, const ResourcePath& path, bool collection,
                         const plan::Attempt& judge);

}  // namespace davit::engine
