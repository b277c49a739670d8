#pragma once
// Failures inside responses, in the form of docs/failed-dependency.md.
#include <cstdint>
#include <string>

#include "davit/xml/writer.hpp"

namespace davit::xml {

void append_number(std::string& out, std::uint64_t number);
/// Escapes what a function of BodyContext has appended since `begin`.
void escape_href(std::string& out, std::size_t begin);
/// A D:href element.
void append_href(std::string& out, const ResourcePath& path, bool collection, const BodyContext& context);
/// status, error, responsedescription of an entry with its own failure.
void append_failed_entry(std::string& out, const Failure& failure, const BodyContext& context);
/// The same for an entry that failed because of another.
void append_dependent_entry(std::string& out, const Cause& cause, const BodyContext& context);
/// The DAV:error root of a plain response.
void append_error_element(std::string& out, const Failure& failure, const BodyContext& context);

}  // namespace davit::xml
