// The only table from failure code to response.
#include "davit/core/failure.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace davit {
namespace {

using enum FailureCode;
using P = Precondition;
constexpr auto no = Retryable::no;
constexpr auto yes = Retryable::yes;
constexpr std::nullopt_t none = std::nullopt;

constexpr std::array table{
    FailureKind{bad_request, "bad-request", Status::bad_request, none, no},
    FailureKind{bad_header, "bad-header", Status::bad_request, none, no},
    FailureKind{missing_header, "missing-header", Status::bad_request, none, no},
    FailureKind{depth_not_allowed, "depth-not-allowed", Status::bad_request, none, no},
    FailureKind{lock_refresh_unclear, "lock-refresh-unclear", Status::bad_request, none, no},
    FailureKind{bad_path, "bad-path", Status::bad_request, none, no},
    FailureKind{name_not_storable, "name-not-storable", Status::bad_request, none, no},
    FailureKind{bad_xml, "bad-xml", Status::bad_request, none, no},
    FailureKind{incomplete_body, "incomplete-body", Status::bad_request, none, yes},
    FailureKind{digest_mismatch, "digest-mismatch", Status::bad_request, none, yes},
    FailureKind{unauthorized, "unauthorized", Status::unauthorized, none, no},
    FailureKind{scheme_not_offered, "scheme-not-offered", Status::unauthorized, none, no},
    FailureKind{stale_nonce, "stale-nonce", Status::unauthorized, none, yes},
    FailureKind{wrong_credentials, "wrong-credentials", Status::unauthorized, none, no},
    FailureKind{invalid_token, "invalid-token", Status::unauthorized, none, no},
    FailureKind{permission_denied, "permission-denied", Status::forbidden, none, no},
    FailureKind{operation_not_permitted, "operation-not-permitted", Status::forbidden, none, no},
    FailureKind{insufficient_privileges, "insufficient-privileges", Status::forbidden, P::need_privileges, no},
    FailureKind{insecure_login, "insecure-login", Status::forbidden, none, no},
    FailureKind{no_proxy_user, "no-proxy-user", Status::forbidden, none, no},
    FailureKind{several_proxy_users, "several-proxy-users", Status::forbidden, none, no},
    FailureKind{user_name_too_long, "user-name-too-long", Status::forbidden, none, no},
    FailureKind{user_name_not_composed, "user-name-not-composed", Status::forbidden, none, no},
    FailureKind{user_name_unusable, "user-name-unusable", Status::forbidden, none, no},
    FailureKind{home_not_a_folder, "home-not-a-folder", Status::forbidden, none, no},
    FailureKind{root_immutable, "root-immutable", Status::forbidden, none, no},
    FailureKind{home_immutable, "home-immutable", Status::forbidden, none, no},
    FailureKind{lock_not_owner, "lock-not-owner", Status::forbidden, none, no},
    FailureKind{outside_root, "outside-root", Status::forbidden, none, no},
    FailureKind{too_many_links, "too-many-links", Status::forbidden, none, no},
    FailureKind{dangling_link, "dangling-link", Status::forbidden, none, no},
    FailureKind{busy, "busy", Status::forbidden, none, yes},
    FailureKind{program_running, "program-running", Status::forbidden, none, yes},
    FailureKind{not_a_regular_file, "not-a-regular-file", Status::forbidden, none, no},
    FailureKind{other_file_system, "other-file-system", Status::forbidden, none, no},
    FailureKind{read_only, "read-only", Status::forbidden, none, no},
    FailureKind{protected_property, "protected-property", Status::forbidden, P::cannot_modify_protected_property, no},
    FailureKind{set_after_creation, "set-after-creation", Status::forbidden, P::cannot_modify_protected_property, no},
    FailureKind{depth_infinity_refused, "depth-infinity-refused", Status::forbidden, P::propfind_finite_depth, no},
    FailureKind{same_resource, "same-resource", Status::forbidden, none, no},
    FailureKind{destination_inside_source, "destination-inside-source", Status::forbidden, none, no},
    FailureKind{source_inside_destination, "source-inside-destination", Status::forbidden, none, no},
    FailureKind{invalid_resourcetype, "invalid-resourcetype", Status::forbidden, P::valid_resourcetype, no},
    FailureKind{mount_inside, "mount-inside", Status::forbidden, none, no},
    FailureKind{member_not_removable, "member-not-removable", Status::forbidden, none, no},
    FailureKind{litter_refused, "litter-refused", Status::forbidden, none, no},
    FailureKind{link_elsewhere, "link-elsewhere", Status::forbidden, none, no},
    FailureKind{reserved_name, "reserved-name", Status::forbidden, none, no},
    FailureKind{foreign_origin, "foreign-origin", Status::forbidden, none, no},
    FailureKind{external_entity, "external-entity", Status::forbidden, P::no_external_entities, no},
    FailureKind{not_found, "not-found", Status::not_found, none, no},
    FailureKind{outside_base_path, "outside-base-path", Status::not_found, none, no},
    FailureKind{unknown_lock, "unknown-lock", Status::not_found, none, no},
    FailureKind{unknown_request_id, "unknown-request-id", Status::not_found, none, no},
    FailureKind{unknown_trash_entry, "unknown-trash-entry", Status::not_found, none, no},
    FailureKind{trash_unavailable, "trash-unavailable", Status::not_found, none, no},
    FailureKind{method_not_allowed, "method-not-allowed", Status::method_not_allowed, none, no},
    FailureKind{already_exists, "already-exists", Status::method_not_allowed, none, no},
    FailureKind{request_timeout, "request-timeout", Status::request_timeout, none, yes},
    FailureKind{parent_missing, "parent-missing", Status::conflict, none, no},
    FailureKind{not_a_collection, "not-a-collection", Status::conflict, none, no},
    FailureKind{is_a_collection, "is-a-collection", Status::conflict, none, no},
    FailureKind{invalid_property_value, "invalid-property-value", Status::conflict, none, no},
    FailureKind{lock_token_mismatch, "lock-token-mismatch", Status::conflict, P::lock_token_matches_request_uri, no},
    FailureKind{request_in_progress, "request-in-progress", Status::conflict, none, yes},
    FailureKind{outcome_unknown, "outcome-unknown", Status::conflict, none, no},
    FailureKind{other_spelling, "other-spelling", Status::conflict, none, yes},
    FailureKind{path_changed, "path-changed", Status::conflict, none, yes},
    FailureKind{length_required, "length-required", Status::length_required, none, no},
    FailureKind{precondition_failed, "precondition-failed", Status::precondition_failed, none, no},
    FailureKind{lock_refresh_mismatch, "lock-refresh-mismatch", Status::precondition_failed,
                P::lock_token_matches_request_uri, no},
    FailureKind{overwrite_refused, "overwrite-refused", Status::precondition_failed, none, no},
    FailureKind{body_too_large, "body-too-large", Status::content_too_large, none, no},
    FailureKind{file_too_large, "file-too-large", Status::content_too_large, none, no},
    FailureKind{target_too_long, "target-too-long", Status::uri_too_long, none, no},
    FailureKind{name_too_long, "name-too-long", Status::uri_too_long, none, no},
    FailureKind{unsupported_media, "unsupported-media", Status::unsupported_media_type, none, no},
    FailureKind{body_not_allowed, "body-not-allowed", Status::unsupported_media_type, none, no},
    FailureKind{unsupported_coding, "unsupported-coding", Status::unsupported_media_type, none, no},
    FailureKind{range_not_satisfiable, "range-not-satisfiable", Status::range_not_satisfiable, none, no},
    FailureKind{expectation_failed, "expectation-failed", Status::expectation_failed, none, no},
    FailureKind{misdirected_request, "misdirected-request", Status::misdirected_request, none, no},
    FailureKind{unprocessable, "unprocessable", Status::unprocessable_content, none, no},
    FailureKind{unsupported_lock, "unsupported-lock", Status::unprocessable_content, none, no},
    FailureKind{tree_too_large, "tree-too-large", Status::unprocessable_content, none, no},
    FailureKind{key_reused, "key-reused", Status::unprocessable_content, none, no},
    FailureKind{property_too_large, "property-too-large", Status::unprocessable_content, none, no},
    FailureKind{property_set_too_large, "property-set-too-large", Status::unprocessable_content, none, no},
    FailureKind{lock_owner_too_large, "lock-owner-too-large", Status::unprocessable_content, none, no},
    FailureKind{locked, "locked", Status::locked, P::lock_token_submitted, yes},
    FailureKind{lock_conflict, "lock-conflict", Status::locked, P::no_conflicting_lock, yes},
    FailureKind{too_many_requests, "too-many-requests", Status::too_many_requests, none, yes},
    FailureKind{headers_too_large, "headers-too-large", Status::header_fields_too_large, none, no},
    FailureKind{internal, "internal", Status::internal_server_error, none, no},
    FailureKind{io_error, "io-error", Status::internal_server_error, none, no},
    FailureKind{stale_file_handle, "stale-file-handle", Status::internal_server_error, none, yes},
    FailureKind{file_system_damaged, "file-system-damaged", Status::internal_server_error, none, no},
    FailureKind{file_system_unsupported, "file-system-unsupported", Status::internal_server_error, none, no},
    FailureKind{properties_damaged, "properties-damaged", Status::internal_server_error, none, no},
    FailureKind{database_error, "database-error", Status::internal_server_error, none, no},
    FailureKind{state_unusable, "state-unusable", Status::internal_server_error, none, no},
    FailureKind{already_served, "already-served", Status::internal_server_error, none, no},
    FailureKind{not_implemented, "not-implemented", Status::not_implemented, none, no},
    FailureKind{unsupported_transfer_coding, "unsupported-transfer-coding", Status::not_implemented, none, no},
    FailureKind{foreign_destination, "foreign-destination", Status::bad_gateway, none, no},
    FailureKind{between_exports, "between-exports", Status::bad_gateway, none, no},
    FailureKind{overloaded, "overloaded", Status::service_unavailable, none, yes},
    FailureKind{too_many_open_files, "too-many-open-files", Status::service_unavailable, none, yes},
    FailureKind{idempotency_full, "idempotency-full", Status::service_unavailable, none, yes},
    FailureKind{too_many_locks, "too-many-locks", Status::service_unavailable, none, yes},
    FailureKind{too_many_shared_locks, "too-many-shared-locks", Status::service_unavailable, none, yes},
    FailureKind{database_busy, "database-busy", Status::service_unavailable, none, yes},
    FailureKind{file_system_read_only, "file-system-read-only", Status::service_unavailable, none, yes},
    FailureKind{operation_timeout, "operation-timeout", Status::service_unavailable, none, yes},
    FailureKind{out_of_memory, "out-of-memory", Status::service_unavailable, none, yes},
    FailureKind{client_limit, "client-limit", Status::service_unavailable, none, yes},
    FailureKind{http_version, "http-version", Status::http_version_not_supported, none, no},
    FailureKind{no_space, "no-space", Status::insufficient_storage, P::sufficient_disk_space, yes},
    FailureKind{quota_exceeded, "quota-exceeded", Status::insufficient_storage, P::quota_not_exceeded, no},
    FailureKind{would_block, "would-block", Status::service_unavailable, none, yes},
};

constexpr bool table_in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].code) != i || !is_error(table[i].status)) return false;
    return true;
}
static_assert(table_in_order(), "one row a code, in the order of the enum, and every status a real error");

}  // namespace

const FailureKind& kind(FailureCode code) {
    return table[static_cast<std::size_t>(code)];
}

std::span<const FailureKind> failure_kinds() {
    return table;
}

bool lacks_permission(FailureCode code) {
    return code == permission_denied || code == operation_not_permitted;
}

bool is_disk_fault(FailureCode code) {
    constexpr std::array faults{io_error,           stale_file_handle, file_system_damaged,
                                properties_damaged, database_error,    file_system_read_only};
    return std::ranges::find(faults, code) != faults.end();
}

bool is_of_client(FailureCode code) {
    return code == not_implemented || code == unsupported_transfer_coding || code == foreign_destination ||
           code == between_exports || code == http_version;
}

std::optional<FailureCode> failure_code(std::string_view name) {
    const auto row = std::ranges::find(table, name, &FailureKind::name);
    return row == table.end() ? std::nullopt : std::optional(row->code);
}

std::optional<FailureCode> failure_code_of_precondition(std::string_view name) {
    const auto row = std::ranges::find_if(
        table, [&](const FailureKind& each) { return each.precondition && local_name(*each.precondition) == name; });
    return row == table.end() ? std::nullopt : std::optional(row->code);
}

std::string_view name(Changed changed) {
    switch (changed) {
        case Changed::none:
            return "none";
        case Changed::all:
            return "all";
        case Changed::unknown:
            break;
    }
    return "unknown";
}

bool Failure::is_locked_collection(const ResourcePath& culprit) const {
    const auto lock = std::ranges::find(facts.locks, culprit, &HeldLock::root);
    if (lock != facts.locks.end() && lock->root_is_collection) return true;
    return std::ranges::find(facts.collections, culprit) != facts.collections.end();
}

std::unexpected<Failure> fail(FailureCode code, std::string sentence, std::vector<ResourcePath> culprits) {
    return std::unexpected(Failure{code, std::move(sentence), std::move(culprits)});
}

}  // namespace davit
