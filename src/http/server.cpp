#include "davit/http/server.hpp"

#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <system_error>
#include <thread>

#include "davit/http/management.hpp"
#include "davit/http/session.hpp"
#include "davit/http/tls.hpp"
#include "endpoint.hpp"
#include "listener_room.hpp"
#include "passed_socket.hpp"

namespace davit::http {
namespace {

using Acceptor = asio::basic_socket_acceptor<Protocol, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
constexpr auto tick = std::chrono::milliseconds(250);

struct Door {
    Acceptor acceptor;
    const Service& service;
    const Tls* tls;  ///< null: plain
};

struct Loop {
    /// Sockets of a loop are touched by its own thread only; what workers post is locked all the same.
    asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    std::vector<Door> doors;
    LoopState state;
    std::thread thread;
};

}  // namespace

struct Server::Impl {
    Impl(ServerOptions wanted, const engine::Services& services, std::vector<RequestObserver*> observers)
        : shared(std::move(wanted), services, std::move(observers)),
          options(shared.settings.first().options),
          failures(options.recent_failures),
          management(manage(shared.whole)),
          room(options) {
        auto count = options.loops;
        if (count == 0) count = std::max(1U, std::thread::hardware_concurrency() / 2);
        for (unsigned i = 0; i < count; ++i) loops.push_back(std::make_unique<Loop>());
        for (const auto& loop : loops) loop->state.settings = shared.settings.newest();
        shared.observers.push_back(&metrics);
        shared.observers.push_back(&failures);
        for (auto& endpoint : options.endpoints) std::visit([&](auto& e) { urls.push_back(listen(e, dav)); }, endpoint);
        if (!options.tls.endpoints.empty()) tls = std::make_unique<Tls>(options.tls);
        for (auto& endpoint : options.tls.endpoints)
            std::visit([&](auto& e) { urls.push_back(listen(e, dav, tls.get())); }, endpoint);
        for (auto& endpoint : options.management)
            std::visit([&](auto& e) { management_urls.push_back(listen(e, public_management)); }, endpoint);
        listen_for_operators(options.control_socket, control);
    }

    Management manage(const Export& folder) {
        return {metrics, failures, folder.services.locks,
                [this] { return sum([](const Export& each) { return each.services.locks.count(); }); },
                [this] { return trash_usage(); }};
    }

    store::TrashUsage trash_usage() const {
        store::TrashUsage all;
        const auto add = [&all](const Export& folder) {
            if (!folder.trash) return;
            const auto one = folder.trash->usage();
            all.bytes += one.bytes;
            all.max_bytes += one.max_bytes;
            all.evicted += one.evicted;
            all.stuck += one.stuck;
        };
        add(shared.whole);
        for (const auto& each : shared.exports) add(*each);
        return all;
    }

    /// Over every folder that is served.
    template <typename Count>
    std::size_t sum(Count count) const {
        std::size_t total = count(shared.whole);
        for (const auto& each : shared.exports) total += count(*each);
        return total;
    }

    /// Each folder has a control socket of its own, where its operators look for it.
    void add(ExportOptions wanted) {
        shared.settings.add_export(wanted.services);
        auto& folder = *shared.exports.emplace_back(std::make_unique<Export>(std::move(wanted)));
        folder.number = shared.exports.size();
        if (folder.control_socket.empty()) return;
        const auto& managed = managements.emplace_back(manage(folder));
        const auto& service = controls.emplace_back(
            [&folder, &managed](Exchange& exchange) {
                exchange.where = &folder;
                exchange.mapping = {folder.url, {}};
                return handle_control(managed, exchange);
            },
            nullptr, false, ListenerKind::control);
        listen_for_operators(folder.control_socket, service);
    }

    void listen_for_operators(const std::string& path, const Service& service) {
        if (path.empty()) return;
        try {
            listen(UnixEndpoint{path, 0600}, service);
        } catch (const std::system_error& error) {
            if (!options.control_optional && shared.exports.empty()) throw;
            control_problem = error.what();
        }
    }

    ~Impl() {
        std::error_code ignored;
        for (const auto& path : socket_files) std::filesystem::remove(path, ignored);
    }

    /// Every loop has an accepting socket of its own; the kernel spreads connections over them.
    std::string listen(const TcpEndpoint& wanted, const Service& service, const Tls* secure = nullptr) {
        error_code error;
        auto endpoint = endpoint_of(wanted, error);
        if (!error) error = already_taken(endpoint);
        if (error) cannot_listen(wanted, error);
        std::string url;
        for (auto& loop : loops) {
            Acceptor acceptor(loop->context);
            acceptor.open(Protocol(endpoint.protocol()), error);
            if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
            using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
            if (!error) acceptor.set_option(ReusePort(true), error);
            if (!error) acceptor.bind(endpoint, error);
            if (!error) acceptor.listen(4096, error);
            if (error) cannot_listen(wanted, error);
            const auto bound = acceptor.local_endpoint();
            std::memcpy(endpoint.data(), bound.data(), bound.size());  // the same port for the others when it was 0
            url = url_of(bound, secure != nullptr);
            loop->doors.push_back({std::move(acceptor), service, secure});
        }
        return url;
    }

    /// A unix socket cannot be bound twice, so the first loop accepts for all. Nobody can connect before listen(2), so
    /// the file never lets in more than it should.
    std::string listen(const UnixEndpoint& wanted, const Service& service, const Tls* secure = nullptr) {
        remove_stale_socket(wanted.path);
        error_code error;
        const asio::local::stream_protocol::endpoint endpoint(wanted.path);
        Acceptor acceptor(loops.front()->context);
        acceptor.open(Protocol(endpoint.protocol()), error);
        if (!error) acceptor.bind(endpoint, error);
        if (error) cannot_listen(wanted, error);
        socket_files.push_back(wanted.path);
        give_socket(wanted);
        acceptor.listen(4096, error);
        if (error) cannot_listen(wanted, error);
        loops.front()->doors.push_back({std::move(acceptor), service, secure});
        return "unix:" + wanted.path;
    }

    /// There is one socket for all loops, so all accept from it: whichever is idle gets the connection.
    std::string listen(const PassedEndpoint& passed, const Service& service, const Tls* secure = nullptr) {
        const auto bound = endpoint_of_passed(passed.descriptor);
        const auto url = url_of(bound, secure != nullptr);
        for (auto& loop : loops) {
            const int own = ::dup(passed.descriptor);
            if (own < 0) throw std::system_error(errno, std::system_category(), "cannot listen on " + url);
            loop->doors.push_back({Acceptor(loop->context, bound.protocol(), own), service, secure});
        }
        ::close(passed.descriptor);
        return url;
    }

    Task<> accept(Loop& loop, Door& door) {
        while (!stopping) {
            Protocol::endpoint peer;
            error_code error;
            auto socket = co_await door.acceptor.async_accept(peer, asio::redirect_error(use_task, error));
            if (error == asio::error::operation_aborted) co_return;
            if (error) {
                co_await pause(loop);  // out of descriptors: give others a moment to close theirs
                continue;
            }
            try {
                admit(loop, door, Socket(std::move(socket)), peer);
            } catch (const std::bad_alloc&) {
                continue;  // the connection is closed; the next one may find memory
            }
        }
    }

    void admit(Loop& loop, const Door& door, Socket socket, const Protocol::endpoint& peer) {
        const auto& service = door.service;
        const auto& now = loop.state.settings->options;
        if (room.is_full(service.kind, now.limits) && !make_room(loop, service.kind))
            return turn_away(door, socket, full_answer(),
                             "All connections are in use: limits.connections, or the open files the system allows, "
                             "are too few, or somebody holds many.");
        error_code ignored;
        if (!is_local(peer)) socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        if (!is_local(peer) && address_of(peer).is_loopback()) send_unpaced(socket);
        auto name = !is_local(peer) ? address_of(peer).to_string() : service.observed ? "unix" : operator_name(socket);
        ClientTable::Entry client;
        if (service.observed && !is_local(peer) && !now.trusted_proxies.contains(name)) {
            auto entered = shared.clients.enter(address_of(peer), now.limits.connections_per_client);
            if (!entered)
                return turn_away(door, socket, client_limit_answer(),
                                 "The address " + name +
                                     " has as many connections as limits.connections_per_client allows. If it is a "
                                     "proxy's, name it in server.trusted_proxies.");
            client = std::move(*entered);
        }
        room.enter(service.kind);
        asio::co_spawn(
            loop.context, serve_connection(shared, loop.state, service, door.tls, std::move(socket), std::move(name)),
            [this, kind = service.kind, client = std::move(client)](const std::exception_ptr&) { room.leave(kind); });
    }

    /// The connection that has been idle for longest gives its place to the new one. When it belongs to another loop,
    /// it does so for the next one.
    bool make_room(Loop& loop, ListenerKind kind) {
        const auto index = static_cast<std::size_t>(kind);
        if (loop.state.connections[index].close_longest_idle()) return true;
        for (auto& other : loops)
            if (other.get() != &loop)
                asio::post(other->context,
                           [state = &other->state, index] { state->connections[index].close_longest_idle(); });
        return false;
    }

    void turn_away(const Door& door, Socket& socket, std::string_view answer, std::string_view advice) {
        if (door.service.observed) shared.advise(advice);
        if (door.tls) return;  // nothing can be said before a handshake
        error_code ignored;
        socket.native_non_blocking(true, ignored);
        [[maybe_unused]] const auto sent = ::send(socket.native_handle(), answer.data(), answer.size(), MSG_NOSIGNAL);
        // Closing while there are bytes to be read would reset the connection, and the answer could be lost.
        ::shutdown(socket.native_handle(), SHUT_WR);
        std::array<char, 4096> sink;
        [[maybe_unused]] const auto read = ::recv(socket.native_handle(), sink.data(), sink.size(), MSG_DONTWAIT);
    }

    Task<> pause(Loop& loop) {
        Timer timer(loop.context, tick);
        error_code ignored;
        co_await timer.async_wait(asio::redirect_error(use_task, ignored));
    }

    /// Ends waits whose deadline has passed; after stop() ends the loop as soon as its connections are gone.
    Task<> keep_time(Loop& loop) {
        for (;;) {
            co_await pause(loop);
            const auto now = std::chrono::steady_clock::now();
            bool empty = true;
            for (auto& list : loop.state.connections) {
                list.now = now;
                // check_deadline only posts: no connection leaves the list under our feet.
                list.for_each([&](Connection& each) { each.check_deadline(now); });
                empty = empty && list.empty();
            }
            if (&loop == loops.front().get()) return_memory(loop, now);
            if (!loop.state.stopping) continue;
            if (empty) co_return;
            if (now >= grace_end.load())
                for (auto& list : loop.state.connections) list.for_each([](Connection& each) { each.abort(); });
        }
    }

    /// After a burst, the allocator gives back what it freed. A worker does that: it takes some milliseconds.
    void return_memory(Loop& loop, std::chrono::steady_clock::time_point now) {
        constexpr std::size_t many_connections = 64;
        constexpr std::size_t much = 4 * 1024 * 1024;
        most_connections = std::max(most_connections, room.connections());
        if (now < next_return) return;
        next_return = now + std::chrono::seconds(2);
        most_held = std::max(most_held, shared.memory.take_peak());
        ReceiveWindow::trim();
        const bool gone = most_connections >= many_connections && room.connections() <= most_connections / 2;
        const bool freed = most_held >= much && shared.memory.used() <= most_held / 2;
        if (!gone && !freed) return;
        most_connections = room.connections();
        most_held = shared.memory.used();
        asio::co_spawn(
            loop.context, [this]() -> Task<> { co_await shared.workers.run([] { return ::malloc_trim(0); }); },
            asio::detached);
    }

    /// The last loop tells the sum.
    void begin_stopping(Loop& loop, const std::function<void(std::size_t)>& told) {
        loop.state.stopping = true;
        for (auto& door : loop.doors) {
            error_code ignored;
            door.acceptor.close(ignored);
        }
        for (auto& list : loop.state.connections) list.for_each([](Connection& each) { each.shut_down_if_idle(); });
        running += loop.state.connections[static_cast<std::size_t>(ListenerKind::dav)].busy.size();
        if (++loops_stopping == loops.size() && told) told(running);
    }

    Shared shared;
    const ServerOptions& options;  ///< as at the start
    Metrics metrics;
    RecentFailures failures;
    const Management management;
    const Service dav{dispatch_dav, dispatch_dav_at_once, true};
    const Service public_management{[this](Exchange& e) { return handle_public(management, e); }, nullptr, false,
                                    ListenerKind::management};
    const Service control{[this](Exchange& e) { return handle_control(management, e); }, nullptr, false,
                          ListenerKind::control};
    std::unique_ptr<Tls> tls;            ///< null: spoken nowhere
    std::deque<Management> managements;  ///< of the exports; what is in a deque stays where it is
    std::deque<Service> controls;
    std::vector<std::unique_ptr<Loop>> loops;
    std::vector<std::string> urls, management_urls;
    std::vector<std::string> socket_files;
    std::string control_problem;
    ListenerRoom room;
    std::size_t most_connections = 0, most_held = 0;  ///< since memory was returned; the first loop's
    std::chrono::steady_clock::time_point next_return;
    std::atomic<bool> stopping = false;
    std::atomic<std::chrono::steady_clock::time_point> grace_end{};
    std::atomic<std::size_t> running = 0, loops_stopping = 0;  ///< while the loops begin to stop
};

Server::Server(ServerOptions options, const engine::Services& services, std::vector<RequestObserver*> observers)
    : impl_(std::make_unique<Impl>(std::move(options), services, std::move(observers))) {}

Server::~Server() = default;

std::vector<std::string> Server::urls() const {
    return impl_->urls;
}
std::vector<std::string> Server::management_urls() const {
    return impl_->management_urls;
}

void Server::set_housekeeping(std::function<void()> housekeeping) {
    impl_->shared.whole.housekeeping = std::move(housekeeping);
}

void Server::add_export(ExportOptions options) {
    impl_->add(std::move(options));
}

void Server::set_rules(engine::AccessRulesPtr rules) {
    impl_->shared.rules.set(std::move(rules));
}

void Server::ask_for_login(const std::function<void(const std::string&)>& tell) {
    impl_->shared.authenticator =
        std::make_unique<login::Authenticator>(impl_->shared.settings.first().options.login, tell);
}

void Server::set_trash(store::TrashStore& trash) {
    impl_->shared.whole.trash = &trash;
}

std::size_t Server::max_connections() const {
    return impl_->room.most(impl_->options.limits);
}

void Server::set_vitals(Vitals vitals) {
    impl_->shared.vitals = std::move(vitals);
}

std::string Server::control_problem() const {
    return impl_->control_problem;
}

void Server::set_idempotency(store::IdempotencyStore& store) {
    impl_->shared.whole.idempotency = &store;
}

void Server::reload(ServerOptions options, const engine::Policy& policy) {
    const auto fresh = impl_->shared.settings.add(std::move(options), policy);
    for (auto& loop : impl_->loops)
        asio::post(loop->context, [loop = loop.get(), fresh] { loop->state.settings = fresh; });
}

std::expected<std::string, std::string> Server::reload_certificate() {
    if (!impl_->tls) return std::string();
    if (auto loaded = impl_->tls->reload(); !loaded) return std::unexpected(loaded.error());
    return certificate();
}

std::string Server::certificate() const {
    return impl_->tls ? impl_->tls->describe() : std::string();
}

void Server::run() {
    for (auto& loop : impl_->loops) {
        for (auto& door : loop->doors) asio::co_spawn(loop->context, impl_->accept(*loop, door), asio::detached);
        asio::co_spawn(loop->context, impl_->keep_time(*loop), asio::detached);
        loop->thread = std::thread([&context = loop->context] { context.run(); });
    }
    for (auto& loop : impl_->loops) loop->thread.join();
    impl_->shared.workers.join();
    impl_->shared.logins.join();
    impl_->shared.trees.join();
}

std::chrono::milliseconds Server::shutdown_grace() const {
    return impl_->shared.settings.newest()->options.limits.shutdown_grace;
}

void Server::stop(const std::function<void(std::size_t running)>& told) {
    if (impl_->stopping.exchange(true)) return;
    impl_->grace_end = std::chrono::steady_clock::now() + shutdown_grace();
    for (auto& loop : impl_->loops)
        asio::post(loop->context, [impl = impl_.get(), loop = loop.get(), told] { impl->begin_stopping(*loop, told); });
}

void Server::stop_now() {
    impl_->grace_end = std::chrono::steady_clock::now();
}

}  // namespace davit::http
