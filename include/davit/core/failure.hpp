#pragma once
// A failure, described once, with everything that a person or a program needs to act on it.
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/failure_facts.hpp"
#include "davit/core/precondition.hpp"
#include "davit/core/resource_path.hpp"
#include "davit/core/status.hpp"

namespace davit {

/// The stable values of `code` in bodies, logs and metrics, documented in docs/failed-dependency.md. The table in
/// failure.cpp gives each its name, status, precondition, and whether the same request may succeed later.
enum class FailureCode : std::uint8_t {
    bad_request,              // 400
    bad_header,               // 400
    missing_header,           // 400 a header that the method needs
    depth_not_allowed,        // 400 a Depth that the method forbids
    lock_refresh_unclear,     // 400 a LOCK without body that names no lock, or several
    bad_path,                 // 400
    name_not_storable,        // 400 EILSEQ, EINVAL: the file system cannot hold this name
    bad_xml,                  // 400
    incomplete_body,          // 400 the body ended before its announced length
    digest_mismatch,          // 400
    unauthorized,             // 401 no credentials
    scheme_not_offered,       // 401 credentials of a scheme that is not configured
    stale_nonce,              // 401 Digest: the client repeats the request with the new nonce
    wrong_credentials,        // 401
    invalid_token,            // 401 a bearer token
    permission_denied,        // 403 EACCES
    operation_not_permitted,  // 403 EPERM: a flag, a sticky folder, a security module
    insufficient_privileges,  // 403 need-privileges (RFC 3744): the rules
    insecure_login,           // 403 only passwords are configured, and the connection is not confidential
    no_proxy_user,            // 403 a proxy authenticates users, and it named no user
    several_proxy_users,      // 403 a proxy authenticates users, and one of its fields came twice
    user_name_too_long,       // 403
    user_name_not_composed,   // 403 not in Unicode's composed form
    user_name_unusable,       // 403 no directory can have this name, so the user has no home
    home_not_a_folder,        // 403 the home path exists but is not a directory
    root_immutable,           // 403 the root collection cannot be deleted or replaced
    home_immutable,           // 403 the same of a home
    lock_not_owner,           // 403 the lock belongs to another user (RFC 4918, 6.4)
    outside_root,             // 403 EXDEV: a link leads out of the served folder
    too_many_links,           // 403
    dangling_link,       // 403 a link without a target: it cannot be locked, nor written by a request that must create
    busy,                // 403 EBUSY
    program_running,     // 403 ETXTBSY
    not_a_regular_file,  // 403 neither a file nor a folder
    other_file_system,   // 403 the server does not rename between file systems
    read_only,           // 403
    protected_property,  // 403 cannot-modify-protected-property
    set_after_creation,  // 403 cannot-modify-protected-property: not in an extended MKCOL
    depth_infinity_refused,       // 403 propfind-finite-depth
    same_resource,                // 403 source and destination are the same (RFC 4918, 9.8.5, 9.9.4)
    destination_inside_source,    // 403
    source_inside_destination,    // 403 the source would go with what it replaces
    invalid_resourcetype,         // 403 valid-resourcetype (RFC 5689)
    mount_inside,                 // 403 a tree cannot be removed while a file system is mounted inside it
    member_not_removable,         // 403 a tree cannot be removed because of one of its members
    litter_refused,               // 403 a name such as .DS_Store, which this server does not keep
    link_elsewhere,               // 403 the link would lead to another target from its new name
    reserved_name,                // 403 a name that belongs to the server's own state
    foreign_origin,               // 403 a page of another origin sent a request that changes something
    external_entity,              // 403 no-external-entities: the XML body refers to something outside itself
    not_found,                    // 404
    outside_base_path,            // 404 the URL is not below the one that is served
    unknown_lock,                 // 404 control socket
    unknown_request_id,           // 404 control socket
    unknown_trash_entry,          // 404 control socket
    trash_unavailable,            // 404 control socket
    method_not_allowed,           // 405
    already_exists,               // 405 MKCOL on a mapped URL (RFC 4918, 9.3.1)
    request_timeout,              // 408
    parent_missing,               // 409
    not_a_collection,             // 409 a path goes through a file
    is_a_collection,              // 409 the method needs a file (PUT onto a collection is 405: use method_not_allowed)
    invalid_property_value,       // 409 the value is invalid for a settable live property
    lock_token_mismatch,          // 409 lock-token-matches-request-uri
    request_in_progress,          // 409 the same Idempotency-Key is still running
    outcome_unknown,              // 409 the server ended before it answered the first request with this Idempotency-Key
    other_spelling,               // 409 another request created the name meanwhile, in another Unicode form
    path_changed,                 // 409 a folder on the way was replaced by a link while the request ran
    length_required,              // 411 PATCH without Content-Length
    precondition_failed,          // 412
    lock_refresh_mismatch,        // 412 lock-token-matches-request-uri (RFC 4918, 9.10.6)
    overwrite_refused,            // 412 Overwrite: F and the destination exists
    body_too_large,               // 413
    file_too_large,               // 413 EFBIG
    target_too_long,              // 414
    name_too_long,                // 414 ENAMETOOLONG
    unsupported_media,            // 415
    body_not_allowed,             // 415 the method takes no body
    unsupported_coding,           // 415 Content-Encoding
    range_not_satisfiable,        // 416
    expectation_failed,           // 417
    misdirected_request,          // 421 the Host is not a name of this server
    unprocessable,                // 422 well-formed XML, but not the document that the method takes
    unsupported_lock,             // 422 a lock type or scope that this server does not support
    tree_too_large,               // 422 more members than one request may change member by member
    key_reused,                   // 422 Idempotency-Key with another request
    property_too_large,           // 422 one property's value
    property_set_too_large,       // 422 all properties of a resource together
    lock_owner_too_large,         // 422
    locked,                       // 423 lock-token-submitted
    lock_conflict,                // 423 no-conflicting-lock
    too_many_requests,            // 429
    headers_too_large,            // 431
    internal,                     // 500 a fault of the program
    io_error,                     // 500 a fault of the disk
    stale_file_handle,            // 500 ESTALE
    file_system_damaged,          // 500 EUCLEAN
    file_system_unsupported,      // 500 EOPNOTSUPP
    properties_damaged,           // 500 stored properties that cannot be read
    database_error,               // 500 the state database reports an error
    state_unusable,               // 500 the state directory or its database is unusable: the server does not start
    already_served,               // 500 another davit serves this directory: the server does not start
    not_implemented,              // 501 a method
    unsupported_transfer_coding,  // 501
    foreign_destination,          // 502
    between_exports,              // 502 COPY or MOVE from one export to another
    overloaded,                   // 503
    too_many_open_files,          // 503 EMFILE, ENFILE
    idempotency_full,             // 503
    too_many_locks,               // 503
    too_many_shared_locks,        // 503 on one resource
    database_busy,                // 503 another program holds the state database
    file_system_read_only,        // 503 EROFS, on a server that is configured to write
    operation_timeout,            // 503 an operation on a tree exceeded the time limit of a request
    out_of_memory,                // 503 the memory budget of all requests is used up, or the system has no memory
    client_limit,                 // 503 one client address has too many connections or running requests
    http_version,                 // 505
    no_space,                     // 507 sufficient-disk-space
    quota_exceeded,               // 507 quota-not-exceeded
    would_block,                  // 503, internal: Waiting::refused met a cold cache; never reaches a client
};

enum class Retryable : std::uint8_t { no, yes };

struct FailureKind {
    FailureCode code;
    std::string_view name;  ///< "protected-property"
    Status status;
    std::optional<Precondition> precondition;
    Retryable retryable;  ///< yes: the identical request may succeed later although its sender changed nothing
};
const FailureKind& kind(FailureCode code);
inline std::string_view name(FailureCode code) {
    return kind(code).name;
}
/// Every code, in the order of the enum.
std::span<const FailureKind> failure_kinds();
/// The file system denies the server the operation: EACCES or EPERM.
bool lacks_permission(FailureCode code);
/// The cause is the disk or the file system, neither the client nor the program.
bool is_disk_fault(FailureCode code);
/// A 5xx status whose cause is the client's request, not a fault of the server.
bool is_of_client(FailureCode code);
/// Finds a code by its name, for readers of bodies (`davit explain`). Returns nothing when the name is unknown.
std::optional<FailureCode> failure_code(std::string_view name);
/// Finds a code by the local name of a precondition element, which is all that other servers send.
std::optional<FailureCode> failure_code_of_precondition(std::string_view local_name);

/// What a failed request left behind.
enum class Changed : std::uint8_t { none, all, unknown };
std::string_view name(Changed changed);  ///< "none", "all", "unknown"

/// The system call that failed, for the log. `call` points at static text.
struct SystemError {
    int number = 0;
    const char* call = "";
};

/// One real failure. It can hold neither a success nor a failed dependency: the row of its code gives its status.
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
    /// True when the culprit is known to be a collection, so that its href ends in a slash: the root of a lock that
    /// refused the request, or one of `facts.collections`.
    bool is_locked_collection(const ResourcePath& culprit) const;
    bool retryable() const { return kind(code).retryable == Retryable::yes; }
};

template <typename T>
using Result = std::expected<T, Failure>;

/// `return fail(FailureCode::not_found, "...")` from any function that returns a Result.
std::unexpected<Failure> fail(FailureCode code, std::string sentence, std::vector<ResourcePath> culprits = {});

}  // namespace davit
