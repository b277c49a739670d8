#include "davit/core/precondition.hpp"

namespace davit {

std::string_view local_name(Precondition precondition) {
    switch (precondition) {
        case Precondition::lock_token_matches_request_uri:
            return "lock-token-matches-request-uri";
        case Precondition::lock_token_submitted:
            return "lock-token-submitted";
        case Precondition::no_conflicting_lock:
            return "no-conflicting-lock";
        case Precondition::no_external_entities:
            return "no-external-entities";
        case Precondition::preserved_live_properties:
            return "preserved-live-properties";
        case Precondition::propfind_finite_depth:
            return "propfind-finite-depth";
        case Precondition::cannot_modify_protected_property:
            return "cannot-modify-protected-property";
        case Precondition::valid_resourcetype:
            return "valid-resourcetype";
        case Precondition::quota_not_exceeded:
            return "quota-not-exceeded";
        case Precondition::sufficient_disk_space:
            return "sufficient-disk-space";
        case Precondition::need_privileges:
            return "need-privileges";
    }
    return "";
}

}  // namespace davit
