#pragma once
// The HTTP server: listeners, event loops, worker pool. The only way from app/ to Beast and Asio.
#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "davit/engine/services.hpp"
#include "davit/http/access_log.hpp"
#include "davit/http/export.hpp"
#include "davit/http/server_options.hpp"
#include "davit/http/vitals.hpp"

namespace davit::http {

/// The numeric address a passed socket listens on; "" for a unix socket, and for what is no socket.
std::string passed_address(int descriptor);
/// The number of a group, by its name or by the number itself; nothing when there is none.
std::optional<unsigned> group_id(const std::string& name);
/// The reason why certificate or key cannot be used; "" when they can.
std::string tls_problem(const TlsOptions& options);

class Server {
public:
    /// Binds and listens; throws std::system_error naming the endpoint when it cannot, std::runtime_error when the
    /// certificate is of no use. `services` and the observers outlive the server.
    Server(ServerOptions options, const engine::Services& services, std::vector<RequestObserver*> observers);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// "http://127.0.0.1:8080/", "https://..." or "unix:/run/davit.sock", with the real ports.
    std::vector<std::string> urls() const;
    std::vector<std::string> management_urls() const;
    /// Requires a login, as ServerOptions::login says. Before run(). `tell` gets lines for the log.
    void ask_for_login(const std::function<void(const std::string&)>& tell);
    /// Sets a function that is called after every request that may have left something in the trash. It must not block.
    void set_housekeeping(std::function<void()> housekeeping);
    /// Sets the store of answers for Idempotency-Key; it must outlive the server.
    void set_idempotency(store::IdempotencyStore& store);
    /// Sets further facts for the management listener. Before run().
    void set_vitals(Vitals vitals);
    /// Sets the trash for /trash on the control socket; it must outlive the server.
    void set_trash(store::TrashStore& trash);
    /// Adds one of several shares; `services` are then those of the collections above them. Before run().
    void add_export(ExportOptions options);
    /// Sets the access rules from now on; null: every user may do everything. Thread-safe; running requests keep their
    /// rules.
    void set_rules(engine::AccessRulesPtr rules);
    /// The number of client connections that limits.connections and the open files of this process allow.
    std::size_t max_connections() const;
    /// The reason why there is no optional control socket; "" otherwise.
    std::string control_problem() const;
    /// Serves requests that begin from now on with these settings; running ones end with theirs. Endpoints, threads,
    /// sockets and the login stay those of the start. Thread-safe.
    void reload(ServerOptions options, const engine::Policy& policy);
    /// The name in the certificate and its end; "" without TLS. Thread-safe.
    std::string certificate() const;
    /// Reads certificate and key again, for new connections. Returns certificate(), or the reason why the old ones
    /// stay.
    std::expected<std::string, std::string> reload_certificate();
    /// Serves until stop(). Returns when every connection has ended or the grace is over.
    void run();
    /// Stops the server: no new connections, running requests may finish within the grace, idle connections close at
    /// once. `told` gets the number of running requests, on the thread of a loop. Thread-safe.
    void stop(const std::function<void(std::size_t running)>& told = {});
    /// After stop(): aborts the requests that still run. Thread-safe.
    void stop_now();
    /// The time that stop() gives running requests, by the newest settings.
    std::chrono::milliseconds shutdown_grace() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace davit::http
