// The only source file with the number (RFC 4918, 11.4). An entry gets it only from a Cause, and only a plan makes one.
#include "davit/xml/writer.hpp"

namespace davit::xml {

unsigned failed_dependency_number() {
    return 424;
}

}  // namespace davit::xml
