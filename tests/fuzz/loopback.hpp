#pragma once
// A server in this process: one connection at a time over a socketpair(2), a folder in memory. What is fuzzed is the
// way that every request goes, from the first byte that is received to the last one that is sent.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/http/session.hpp"
#include "engine/memory_store.hpp"

namespace davit::fuzz {

inline void check(bool holds) {
    if (!holds) std::abort();
}

/// No request may end in a fault of the server's own, and the log must be able to write each.
class Judge final : public http::RequestObserver {
public:
    void finished(const http::AccessRecord& record) override {
        check(record.status >= 200 && record.status < 600 && record.status != 500);
        statuses.push_back(record.status);
        (void)format_record(record, http::LogFormat::text);
        (void)format_record(record, http::LogFormat::json);
    }
    std::vector<unsigned> statuses;
};

class Loopback {
public:
    using Options = http::ServerOptions;
    Loopback(Options options, http::Front front, http::HandlerAtOnce at_once, bool observed)
        : shared_(with_few_threads(std::move(options)), world_->services, {&judge_}),
          service_{std::move(front), at_once, observed} {}

    /// Sends the pieces one after another; what the server answers until it closes.
    std::string serve(const std::vector<std::string_view>& pieces, const std::string& peer = "127.0.0.1") {
        // The ports stay where they are; what they hold is new.
        world_.emplace();
        world_->folder("/folder");
        world_->file("/file", "0123456789");
        judge_.statuses.clear();
        std::array<int, 2> ends{};
        check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        http::LoopState loop;
        loop.settings = shared_.settings.newest();
        context_.restart();
        bool done = false;
        http::Socket socket(context_, http::asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
        http::asio::co_spawn(context_, serve_connection(shared_, loop, service_, nullptr, std::move(socket), peer),
                             [&](const std::exception_ptr& thrown) {
                                 check(!thrown);
                                 done = true;
                             });
        std::string answer;
        for (const auto piece : pieces) {
            send(ends[0], piece, answer);
            context_.poll();
        }
        ::shutdown(ends[0], SHUT_WR);
        while (!done || !context_.stopped()) {  // a worker may still be about to let go of the context
            context_.run_one_for(std::chrono::milliseconds(20));
            drain(ends[0], answer);
        }
        drain(ends[0], answer);
        ::close(ends[0]);
        return answer;
    }

    const std::vector<unsigned>& statuses() const { return judge_.statuses; }
    const testing::World& world() const { return *world_; }
    http::Shared& shared() { return shared_; }

private:
    static Options with_few_threads(Options options) {
        options.workers = 1;
        options.syncs = false;
        return options;
    }

    static void drain(int end, std::string& answer) {
        std::array<char, 16384> piece;
        for (;;) {
            const auto got = ::recv(end, piece.data(), piece.size(), MSG_DONTWAIT);
            if (got <= 0) return;
            answer.append(piece.data(), static_cast<std::size_t>(got));
        }
    }

    void send(int end, std::string_view bytes, std::string& answer) {
        while (!bytes.empty()) {
            const auto sent = ::send(end, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
            if (sent >= 0) continue;
            if (errno != EAGAIN) return;  // the server has closed
            context_.run_one_for(std::chrono::milliseconds(20));
            drain(end, answer);
        }
    }

    std::optional<testing::World> world_{std::in_place};
    Judge judge_;
    http::asio::io_context context_;  ///< outlives what the workers do
    http::Shared shared_;
    const http::Service service_;
};

/// An input is cut wherever it has this mark, so that a fuzzer finds out what depends on how bytes arrive.
constexpr std::string_view cut = "|~|";

inline std::vector<std::string_view> pieces_of(std::string_view text) {
    std::vector<std::string_view> pieces;
    for (auto at = text.find(cut); at != text.npos; at = text.find(cut)) {
        pieces.push_back(text.substr(0, at));
        text.remove_prefix(at + cut.size());
    }
    pieces.push_back(text);
    return pieces;
}

inline void check_answer(std::string_view answer) {
    check(answer.empty() || answer.starts_with("HTTP/1.1 "));
}

}  // namespace davit::fuzz
