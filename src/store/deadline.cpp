#include "davit/store/deadline.hpp"

namespace davit::store {

Failure out_of_time() {
    Failure failure{FailureCode::operation_timeout,
                    "This takes longer than the server lets one request take (limits.operation_timeout).",
                    {}};
    failure.retry_after = std::chrono::seconds(60);
    return failure;
}

}  // namespace davit::store
