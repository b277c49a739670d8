#pragma once
// Request bodies as values (RFC 4918, 14). Every function refuses with bad_xml, and a sentence with the fault and its
// place: text that is not well-formed XML 1.0; text that violates Namespaces in XML 1.0 (undeclared or illegal
// prefixes, attributes duplicated by expanded name, misuse of xmlns); any DOCTYPE; characters outside Char; encodings
// other than UTF-8 and UTF-16; and bodies that exceed the limits. Unknown elements and attributes are ignored (RFC
// 4918, 17). A well-formed document with the wrong root or meaning is `unprocessable` (422) where the RFC says so,
// otherwise bad_xml.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "davit/core/failure.hpp"
#include "davit/core/lock_info.hpp"
#include "davit/core/property.hpp"
#include "davit/core/propfind_body.hpp"

namespace davit::xml {

/// The limits of a body. The readers need at most n log n steps for n bytes.
struct Limits {
    std::size_t depth = 128;
    std::size_t nodes = 100000;  ///< elements, attributes, texts, comments and instructions together
    std::size_t names = 4096;    ///< properties that one request may change
    std::size_t asked_names =
        1024;                      ///< properties that one PROPFIND may name: the response repeats them for each member
    std::size_t attributes = 256;  ///< of one element, declarations among them
    std::size_t declarations = 256;  ///< of namespaces, in scope at one element
    std::size_t name_bytes = 1024;   ///< of an element, an attribute, a namespace, a language
    /// The limit of one property's value. The reader reports a larger one as SetProperty::oversized.
    std::size_t value_bytes = std::size_t{1} << 20;
    /// false for responses of other servers: lighttpd writes the namespace itself in place of the prefix.
    bool declared_prefixes = true;
    std::uint64_t* steps = nullptr;  ///< where the reader adds the steps that it took, for tests
};

Result<PropfindBody> parse_propfind(std::string_view body, const Limits& limits = {});
Result<PropertyUpdate> parse_propertyupdate(std::string_view body, const Limits& limits = {});
Result<LockInfo> parse_lockinfo(std::string_view body, const Limits& limits = {});
/// RFC 5689, 5.1: every instruction is a SetProperty. Another root element is unsupported_media (RFC 4918, 9.3).
Result<PropertyUpdate> parse_mkcol(std::string_view body, const Limits& limits = {});

}  // namespace davit::xml
