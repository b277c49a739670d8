#pragma once
// How failures look inside answers; the shape is documented in docs/failed-dependency.md.
#include <cstdint>
#include <string>

#include "davit/xml/writer.hpp"

namespace davit::xml {

void append_number(std::string& out, std::uint64_t number);
/// status, error, responsedescription of an entry that failed for itself.
void append_failed_entry(std::string& out, const Failure& failure, const BodyContext& context);
/// The same of an entry that failed because of another.
void append_dependent_entry(std::string& out, const Cause& cause, const BodyContext& context);
/// The DAV:error root of a plain answer.
void append_error_element(std::string& out, const Failure& failure, const BodyContext& context);

}  // namespace davit::xml
