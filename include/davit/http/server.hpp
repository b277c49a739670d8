#pragma once
// The HTTP server: listeners, event loops, worker pool. The only door to Beast and Asio from app/.
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
/// Why certificate or key cannot be used; "" when they can.
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
    /// Asks everybody who they are, as ServerOptions::login says; before run(). `tell` gets lines for the log.
    void ask_for_login(const std::function<void(const std::string&)>& tell);
    /// Called after every request that may have left something in the trash; waits for nothing. app/ sweeps there.
    void set_housekeeping(std::function<void()> housekeeping);
    /// Answers to requests with an Idempotency-Key are kept there; it outlives the server.
    void set_idempotency(store::IdempotencyStore& store);
    /// What management tells beside the server's own. Before run().
    void set_vitals(Vitals vitals);
    /// What /trash on the control socket works on; it outlives the server.
    void set_trash(store::TrashStore& trash);
    /// One of several folders; then `services` are of what lies above them. Before run().
    void add_export(ExportOptions options);
    /// Who may do what from now on; null: everybody everything. From any thread; requests under way keep what they
    /// began with.
    void set_rules(engine::AccessRulesPtr rules);
    /// Connections of clients that limits.connections and the open files of this process allow.
    std::size_t max_connections() const;
    /// Why there is no control socket although one was wanted and could be done without; "" otherwise.
    std::string control_problem() const;
    /// Requests that begin from now on are served so; those under way end as they began. Endpoints, threads, sockets
    /// and the login are those of the start. From any thread.
    void reload(ServerOptions options, const engine::Policy& policy);
    /// Whose certificate is shown and until when it is valid; "" when TLS is not spoken. Any thread.
    std::string certificate() const;
    /// Reads certificate and key again, for connections from now on. certificate(), or why the old ones stay.
    std::expected<std::string, std::string> reload_certificate();
    /// Serves until stop(); returns when every connection has ended or the grace is over.
    void run();
    /// From any thread (app/ waits for signals in one of its own): no new connections, running requests finish within
    /// the grace, idle ones close at once. `told` gets the number of running requests, on the thread of a loop.
    void stop(const std::function<void(std::size_t running)>& told = {});
    /// After stop(): breaks off what still runs. From any thread.
    void stop_now();
    /// How long stop() lets requests run, by the newest settings.
    std::chrono::milliseconds shutdown_grace() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace davit::http
