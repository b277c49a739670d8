// Request bodies: no input may crash, and an accepted value can stand in another document with the same meaning.
#include <cstdlib>

#include "davit/xml/bodies.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace davit;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)xml::parse_propfind(text);
    (void)xml::parse_mkcol(text);
    (void)xml::parse_lockinfo(text);
    const auto update = xml::parse_propertyupdate(text);
    if (!update) return 0;
    for (const auto& instruction : *update) {
        const auto* set = std::get_if<SetProperty>(&instruction);
        if (!set) continue;
        const auto again = xml::parse_propertyupdate("<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>" +
                                                     set->property.xml + "</D:prop></D:set></D:propertyupdate>");
        // Only the caps can refuse it the second time: the copy stands deeper.
        if (again && (again->size() != 1 || subject(again->front()) != set->property.name)) std::abort();
    }
    return 0;
}
