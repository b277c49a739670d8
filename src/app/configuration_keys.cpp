// One row for each key: its name, its type, its target, and whether SIGHUP applies it.
#include "configuration_keys.hpp"

#include "configuration_values.hpp"

namespace davit::app {

namespace {

/// Kept as written, and in the form for comparison.
Row trace_clients() {
    const auto filter = [](auto& c) -> auto& { return c.server.trace.filter; };
    return {set_trace_clients, [=](const auto& a, const auto& b) { return filter(a).clients == filter(b).clients; },
            [=](const auto& from, auto& to) {
                filter(to).clients = filter(from).clients;
                filter(to).client_list = filter(from).client_list;
            }};
}

}  // namespace

#define DAVIT_AT(member) [](auto& c) -> auto& { return c.member; }

const std::map<std::string, Row>& keys() {
    using Size = std::uint64_t;
    constexpr Size kib = 1024;
    static const std::map<std::string, Row> table{
        {"server.root", row(DAVIT_AT(tree.root), set_root)},
        {"server.listen", endpoints(DAVIT_AT(server.endpoints))},
        {"server.management", endpoints(DAVIT_AT(server.management))},
        {"server.socket_mode", row(DAVIT_AT(server.socket_mode), set_socket_mode)},
        {"server.socket_group", text(DAVIT_AT(server.socket_group))},
        {"server.control_socket", text(DAVIT_AT(control_socket))},
        {"server.base_path", live(row(DAVIT_AT(server.address.base_path), set_base_path))},
        {"server.base_path_stripped", live(flag(DAVIT_AT(server.address.stripped)))},
        {"server.authorities", live(row(DAVIT_AT(server.address.authorities), set_authorities))},
        {"server.public_urls", live(row(DAVIT_AT(public_urls), set_public_urls))},
        {"server.trusted_proxies", live(row(DAVIT_AT(server.trusted_proxies), set_trusted_proxies))},
        {"server.proxy_protocol", flag(DAVIT_AT(server.proxy_protocol))},
        {"server.accel_redirect", live(row(DAVIT_AT(server.accel_redirect), set_accel_redirect))},
        {"server.publish_pages", live(flag(DAVIT_AT(server.publish_pages)))},
        {"server.compress", live(flag(DAVIT_AT(server.compress)))},
        {"server.read_only", flag(DAVIT_AT(tree.read_only))},
        {"server.allow_unauthenticated", flag(DAVIT_AT(allow_unauthenticated))},
        {"server.loops", number(0, 256, DAVIT_AT(server.loops))},
        {"server.workers", number(1, 1024, DAVIT_AT(server.workers))},
        {"server.landlock", choice<>(std::map<std::string, Confinement>{{"auto", Confinement::automatic},
                                                                        {"off", Confinement::off},
                                                                        {"required", Confinement::required}},
                                     DAVIT_AT(landlock))},
        {"server.core_dumps", flag(DAVIT_AT(core_dumps))},
        {"server.recent_failures", number(0, 1000000, DAVIT_AT(server.recent_failures))},

        {"tls.listen", endpoints(DAVIT_AT(server.tls.endpoints))},
        {"tls.certificate", text(DAVIT_AT(server.tls.certificate))},
        {"tls.key", text(DAVIT_AT(server.tls.key))},
        {"tls.version_min",
         choice<>(std::map<std::string, bool>{{"1.2", false}, {"1.3", true}}, DAVIT_AT(server.tls.only_1_3))},

        {"auth.users", text(DAVIT_AT(server.login.files.users))},
        {"auth.groups", text(DAVIT_AT(server.login.files.groups))},
        {"auth.digest_users", text(DAVIT_AT(server.login.files.digest))},
        {"auth.realm", text(DAVIT_AT(server.login.realm))},
        {"auth.anonymous", flag(DAVIT_AT(server.login.anonymous))},
        {"auth.basic_over_plain_http", flag(DAVIT_AT(server.login.basic_over_plain_http))},
        {"auth.remembered", duration(DAVIT_AT(server.login.remembered), std::chrono::seconds(0))},
        {"auth.user_header", row(DAVIT_AT(server.login.user_header), set_user_header)},
        {"auth.groups_header", row(DAVIT_AT(server.login.groups_header), set_groups_header)},
        {"auth.jwt_keys", text(DAVIT_AT(server.login.bearer.keys))},
        {"auth.jwt_issuer", text(DAVIT_AT(server.login.bearer.issuer))},
        {"auth.jwt_audience", text(DAVIT_AT(server.login.bearer.audience))},
        {"auth.jwt_user_claim", text(DAVIT_AT(server.login.bearer.user_claim))},
        {"auth.jwt_groups_claim", text(DAVIT_AT(server.login.bearer.groups_claim))},

        {"limits.header_bytes", live(size(kib, DAVIT_AT(server.limits.header_bytes)))},
        {"limits.target_bytes", live(size(256, DAVIT_AT(server.limits.target_bytes)))},
        {"limits.xml_body_bytes", live(size(kib, DAVIT_AT(server.limits.xml_body_bytes)))},
        {"limits.property_body_bytes", live(size(kib, DAVIT_AT(server.limits.property_body_bytes)))},
        {"limits.property_value_bytes", live(size(kib, DAVIT_AT(policy.max_property_bytes)))},
        {"limits.property_set_bytes", live(size(kib, DAVIT_AT(policy.max_property_set_bytes)))},
        {"limits.put_body_bytes", live(size(0, DAVIT_AT(server.limits.put_body_bytes)))},
        {"limits.connections", live(number(1, 1000000, DAVIT_AT(server.limits.connections)))},
        {"limits.connections_per_client", live(number(0, 1000000, DAVIT_AT(server.limits.connections_per_client)))},
        {"limits.memory_bytes", live(size(kib * kib, DAVIT_AT(server.limits.memory_bytes)))},
        {"limits.min_rate", live(size(0, DAVIT_AT(server.limits.min_rate)))},
        {"limits.header_timeout", live(duration(DAVIT_AT(server.limits.header_timeout)))},
        {"limits.idle_timeout", live(duration(DAVIT_AT(server.limits.idle_timeout)))},
        {"limits.body_timeout", live(duration(DAVIT_AT(server.limits.body_timeout)))},
        {"limits.write_timeout", live(duration(DAVIT_AT(server.limits.write_timeout)))},
        {"limits.operation_timeout", live(duration(DAVIT_AT(policy.operation_timeout), std::chrono::seconds(0)))},
        {"limits.shutdown_grace", live(duration(DAVIT_AT(server.limits.shutdown_grace)))},

        {"webdav.propfind_infinity", live(flag(DAVIT_AT(policy.propfind_infinity)))},
        {"webdav.settable_getlastmodified", live(flag(DAVIT_AT(policy.settable_getlastmodified)))},
        {"webdav.windows_without_token", live(flag(DAVIT_AT(policy.windows_without_token)))},
        {"webdav.trees",
         live(choice<>(std::map<std::string, plan::Atomicity>{{"all-or-nothing", plan::Atomicity::all_or_nothing},
                                                              {"best-effort", plan::Atomicity::best_effort}},
                       DAVIT_AT(policy.trees)))},

        {"locks.timeout_default", live(duration(DAVIT_AT(policy.lock_timeout_default)))},
        {"locks.timeout_min", live(duration(DAVIT_AT(policy.lock_timeout_min)))},
        {"locks.timeout_max", live(duration(DAVIT_AT(policy.lock_timeout_max)))},
        {"locks.most", live(number(1, 10000000, DAVIT_AT(policy.max_locks)))},
        {"locks.most_per_user", live(number(1, 10000000, DAVIT_AT(policy.max_locks_per_principal)))},
        {"locks.max_shared_per_resource", live(number(1, 10000, DAVIT_AT(policy.max_shared_locks)))},
        {"locks.max_bytes", live(size(1024 * kib, DAVIT_AT(policy.max_lock_bytes)))},

        {"storage.durable", flag(DAVIT_AT(tree.durable))},
        {"storage.cache_bytes", size(0, DAVIT_AT(tree.cache_bytes))},
        {"storage.unused_records", duration(DAVIT_AT(tree.unused_records))},
        {"storage.health_check", duration(DAVIT_AT(health_check), std::chrono::seconds(0))},
        {"storage.properties",
         choice<>(std::map<std::string, fs::PropertyPlace>{{"auto", fs::PropertyPlace::automatic},
                                                           {"attributes", fs::PropertyPlace::attributes},
                                                           {"database", fs::PropertyPlace::database}},
                  DAVIT_AT(tree.properties))},

        {"trash.keep", duration(DAVIT_AT(tree.trash_keep), std::chrono::seconds(0))},
        {"trash.max_size", row(DAVIT_AT(tree.trash_max), set_trash_max)},

        {"idempotency.kept", live(duration(DAVIT_AT(server.idempotency.kept)))},
        {"idempotency.most", live(number(1, 10000000, DAVIT_AT(server.idempotency.max_entries)))},
        {"idempotency.max_per_user", live(number(1, 10000000, DAVIT_AT(server.idempotency.max_entries_per_user)))},
        {"idempotency.max_bytes", live(size(1024 * kib, DAVIT_AT(server.idempotency.max_bytes)))},
        {"idempotency.max_bytes_per_user", live(size(1024 * kib, DAVIT_AT(server.idempotency.max_bytes_per_user)))},
        {"idempotency.max_answer_bytes", live(size(kib, DAVIT_AT(server.idempotency.max_answer_bytes)))},

        {"cors.origins", live(row(DAVIT_AT(server.cors.origins), set_origins))},
        {"cors.credentials", live(flag(DAVIT_AT(server.cors.credentials)))},
        {"cors.max_age", live(duration(DAVIT_AT(server.cors.max_age), std::chrono::seconds(0)))},

        {"names.unicode",
         choice<>(std::map<std::string, bool>{{"normalise", false}, {"exact", true}}, DAVIT_AT(tree.exact_names))},

        {"litter.policy", choice<>(std::map<std::string, LitterPolicy>{{"store", LitterPolicy::store},
                                                                       {"divert", LitterPolicy::divert},
                                                                       {"refuse", LitterPolicy::refuse}},
                                   DAVIT_AT(litter.policy))},
        {"litter.patterns", row(DAVIT_AT(litter.patterns), set_litter)},
        {"litter.keep", duration(DAVIT_AT(litter.keep))},

        {"log.level", live(choice<>(
                          std::map<std::string, std::string>{
                              {"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}},
                          DAVIT_AT(log.level)))},
        {"log.format", live(choice<>(std::map<std::string, http::LogFormat>{{"text", http::LogFormat::text},
                                                                            {"json", http::LogFormat::json}},
                                     DAVIT_AT(log.format)))},
        {"log.file", text(DAVIT_AT(log.file))},
        {"log.journal", flag(DAVIT_AT(log.journal))},
        {"log.access", live(flag(DAVIT_AT(log.access)))},
        {"log.trace_users", live(row(DAVIT_AT(server.trace.filter.users), set_trace_users))},
        {"log.trace_paths", live(row(DAVIT_AT(server.trace.filter.paths), set_trace_paths))},
        {"log.trace_clients", live(trace_clients())},
    };
    return table;
}

#undef DAVIT_AT

}  // namespace davit::app
