// The one place where the number stands (RFC 4918, 11.4). An entry gets it only from a Cause, which only a plan makes.
#include "davit/xml/writer.hpp"

namespace davit::xml {

unsigned failed_dependency_number() {
    return 424;
}

}  // namespace davit::xml
