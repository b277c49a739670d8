// What is read back from the disk, where somebody may have changed it: property sets, pointers to records, records of
// the trash. No bytes may crash, and what is understood is written as it was read.
#include <cstdlib>

#include "property_codec.hpp"
#include "trash_record.hpp"

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

/// The frame that is checked before anything else is; a fuzzer does not find a CRC by chance.
std::string framed(char kind, std::string_view payload) {
    const auto crc = davit::fs::digest(payload);
    std::string bytes = "DAVP\x01";
    bytes += kind;
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(crc >> shift & 0xff);
    return bytes.append(payload);
}

void check_properties(const std::string& bytes) {
    using namespace davit::fs;
    (void)may_hold_checksums(bytes);
    if (const auto pointer = decode_pointer(bytes)) {
        const auto written = decode_pointer(encode(*pointer));
        check(written && written->id == pointer->id && written->owner == pointer->owner);
    }
    const auto set = decode(bytes);
    if (!set) return;
    const auto again = decode(encode(*set));
    check(again && *again == *set);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace davit::fs;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_properties(std::string(text));
    check_properties(framed('S', text));
    check_properties(framed('R', text));
    check_properties(framed('P', text));
    if (const auto record = decode_trash_record(text)) {
        const auto again = decode_trash_record(encode(*record));
        check(again && again->path == record->path && again->removed == record->removed &&
              again->inode == record->inode && again->born == record->born &&
              again->by.principal == record->by.principal && again->by.request_id == record->by.request_id);
    }
    return 0;
}
