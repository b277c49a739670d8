#pragma once
// What went wrong, once, with everything a person or a program needs to act on it.
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/failure_facts.hpp"
#include "davit/core/precondition.hpp"
#include "davit/core/resource_path.hpp"
#include "davit/core/status.hpp"

namespace davit {

/// The stable vocabulary of `code` in bodies, logs and metrics. Documented in docs/failed-dependency.md.
/// The table in failure.cpp gives each its name, status, precondition and whether the same request may succeed later.
enum class FailureCode : std::uint8_t {
    bad_request,                // 400
    bad_header,                 // 400
    bad_path,                   // 400
    bad_xml,                    // 400
    incomplete_body,            // 400 the body ended before its announced length
    digest_mismatch,            // 400
    unauthorized,               // 401 no credentials, or none that are known here
    wrong_credentials,          // 401
    permission_denied,          // 403 EACCES, EPERM
    right_missing,              // 403 need-privileges (RFC 3744): the rules
    read_only,                  // 403
    protected_property,         // 403 cannot-modify-protected-property
    depth_infinity_refused,     // 403 propfind-finite-depth
    same_resource,              // 403 source and destination are the same (RFC 4918, 9.8.5, 9.9.4)
    destination_inside_source,  // 403
    invalid_resourcetype,       // 403 valid-resourcetype (RFC 5689)
    mount_inside,               // 403 a tree cannot go while a file system is mounted inside it
    member_not_removable,       // 403 a tree cannot go because of one of its members
    litter_refused,             // 403 a name such as .DS_Store, which this server does not keep
    link_elsewhere,             // 403 a link would lead to another place from its new name
    reserved_name,              // 403 a name that belongs to the server's own state
    foreign_origin,             // 403 a page of another origin wants to change something
    not_found,                  // 404
    method_not_allowed,         // 405
    already_exists,             // 405 MKCOL on a mapped URL (RFC 4918, 9.3.1)
    request_timeout,            // 408
    parent_missing,             // 409
    not_a_collection,           // 409 a path goes through a file
    is_a_collection,            // 409 a file was asked for (PUT onto a collection is 405: use method_not_allowed)
    invalid_property_value,     // 409 the value does not fit a settable live property
    lock_token_mismatch,        // 409 lock-token-matches-request-uri
    request_in_progress,        // 409 the same Idempotency-Key is still running
    outcome_unknown,            // 409 the server ended before it answered the first request with this Idempotency-Key
    other_spelling,             // 409 the name was made meanwhile, in another Unicode form
    path_changed,               // 409 a folder on the way was replaced by a link while the request ran
    length_required,            // 411 PATCH without Content-Length
    precondition_failed,        // 412
    lock_refresh_mismatch,      // 412 lock-token-matches-request-uri (RFC 4918, 9.10.6)
    overwrite_refused,          // 412 Overwrite: F and the destination exists
    body_too_large,             // 413
    target_too_long,            // 414
    name_too_long,              // 414 ENAMETOOLONG
    unsupported_media,          // 415
    range_not_satisfiable,      // 416
    expectation_failed,         // 417
    misdirected_request,        // 421 the Host is no name of this server
    unprocessable,              // 422 well-formed but meaningless
    key_reused,                 // 422 Idempotency-Key with another request
    property_too_large,         // 422 one property's value
    property_set_too_large,     // 422 all properties of a resource together
    lock_owner_too_large,       // 422
    locked,                     // 423 lock-token-submitted
    lock_conflict,              // 423 no-conflicting-lock
    too_many_requests,          // 429
    headers_too_large,          // 431
    internal,                   // 500 our fault
    io_error,                   // 500 the disk's fault
    state_unusable,             // 500 the state folder or its database; the server does not start with it
    not_implemented,            // 501
    foreign_destination,        // 502
    overloaded,                 // 503
    too_many_locks,             // 503
    too_many_shared_locks,      // 503 on one resource
    database_busy,              // 503 another program holds the state database
    file_system_read_only,      // 503 EROFS, on a server that is to write
    operation_timeout,          // 503 a tree took longer than one request may take
    out_of_memory,              // 503 what requests may hold in memory together is used up, or the system has none
    client_limit,               // 503 one client address has too many connections or running requests
    http_version,               // 505
    no_space,                   // 507 sufficient-disk-space
    quota_exceeded,             // 507 quota-not-exceeded
    would_block,                // 503, internal: Waiting::refused met a cold cache; never reaches a client
};

enum class Retryable : std::uint8_t { no, yes };

struct FailureKind {
    FailureCode code;
    std::string_view name;  ///< "protected-property"
    Status status;
    std::optional<Precondition> precondition;
    Retryable retryable;  ///< yes: the identical request may succeed later with nothing else changed by its sender
};
const FailureKind& kind(FailureCode code);
inline std::string_view name(FailureCode code) {
    return kind(code).name;
}
/// Reverse look-up for readers of bodies (`davit explain`); nothing when unknown.
std::optional<FailureCode> failure_code(std::string_view name);
/// The same from a precondition element's local name, which is all that other servers send.
std::optional<FailureCode> failure_code_of_precondition(std::string_view local_name);

/// What a failed request left behind.
enum class Changed : std::uint8_t { none, all, unknown };
std::string_view name(Changed changed);  ///< "none", "all", "unknown"

/// The system call that failed, for the log. `call` points at static text.
struct SystemError {
    int number = 0;
    const char* call = "";
};

/// One real failure. Cannot hold a success nor a failed dependency: its status comes from its code's row.
struct Failure {
    FailureCode code = FailureCode::internal;
    std::string sentence;                ///< for a person; may quote client data, so writers escape it
    std::vector<ResourcePath> culprits;  ///< the hrefs of lock-token-submitted and no-conflicting-lock, or members
    std::optional<std::chrono::seconds> retry_after{};
    std::optional<SystemError> system{};
    Changed changed = Changed::none;
    FailureFacts facts{};

    Status status() const { return kind(code).status; }
    std::optional<Precondition> precondition() const { return kind(code).precondition; }
    bool retryable() const { return kind(code).retryable == Retryable::yes; }
};

template <typename T>
using Result = std::expected<T, Failure>;

/// `return fail(FailureCode::not_found, "...")` from any function that returns a Result.
std::unexpected<Failure> fail(FailureCode code, std::string sentence, std::vector<ResourcePath> culprits = {});

}  // namespace davit
