// From a request's head to its answer: the whole of the server over a unix socket, 64 requests sent at once, so that
// waking the loop is a small part. The figure is the process's time for one request.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "davit/fs/open_tree.hpp"
#include "davit/http/server.hpp"

namespace davit {
namespace {

constexpr int batch = 64;

class Served : public benchmark::Fixture {
public:
    using benchmark::Fixture::SetUp;
    using benchmark::Fixture::TearDown;

    void SetUp(benchmark::State&) override {
        std::string pattern = (std::filesystem::temp_directory_path() / "davit-micro-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
        folder_ = pattern;
        std::filesystem::create_directory(folder_ / "root");
        std::ofstream(folder_ / "root" / "file") << std::string(100, 'x');
        tree_ = fs::open_tree({.root = folder_ / "root", .durable = false}, clock_).value();
        services_.emplace(
            engine::Services{tree_->resources(), tree_->properties(), tree_->locks(), clock_, tokens_, {}});
        http::ServerOptions options;
        options.endpoints = {http::UnixEndpoint{folder_ / "socket"}};
        options.loops = 1;
        options.workers = 1;
        options.syncs = false;
        server_ = std::make_unique<http::Server>(options, *services_, std::vector<http::RequestObserver*>());
        thread_ = std::thread([this] { server_->run(); });
        connect();
    }

    void TearDown(benchmark::State&) override {
        ::close(socket_);
        server_->stop();
        thread_.join();
        server_.reset();
        services_.reset();
        tree_.reset();
        std::filesystem::remove_all(folder_);
    }

protected:
    /// The length of an answer: all are alike but for the request's id, whose length is always the same.
    std::size_t answer_length(const std::string& request) {
        send(request);
        std::string answer(65536, '\0');
        std::size_t length = 0;
        while (answer.find("\r\n\r\n") == std::string::npos || !answer.starts_with("HTTP/1.1 "))
            length += receive(answer.data() + length, answer.size() - length);
        return length;
    }

    void ask(benchmark::State& state, const std::string& request) {
        answer_length(request);  // what was asked for before is remembered from now on
        const auto length = answer_length(request);
        std::string requests;
        for (int i = 0; i < batch; ++i) requests += request;
        std::string answers(length * batch, '\0');
        for (auto _ : state) {
            send(requests);
            for (std::size_t got = 0; got < answers.size();) got += receive(answers.data() + got, answers.size() - got);
        }
        state.SetItemsProcessed(state.iterations() * batch);
    }

private:
    void connect() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, (folder_ / "socket").c_str(), sizeof address.sun_path - 1);
        socket_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("connect");
    }
    void send(const std::string& text) const {
        if (::send(socket_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
            throw std::runtime_error("send");
    }
    std::size_t receive(char* into, std::size_t room) const {
        const auto got = ::recv(socket_, into, room, 0);
        if (got <= 0) throw std::runtime_error("recv");
        return static_cast<std::size_t>(got);
    }

    std::filesystem::path folder_;
    store::SystemClock clock_;
    store::RandomTokenSource tokens_;
    std::unique_ptr<fs::Tree> tree_;
    std::optional<engine::Services> services_;
    std::unique_ptr<http::Server> server_;
    std::thread thread_;
    int socket_ = -1;
};

BENCHMARK_DEFINE_F(Served, head_to_response_get)(benchmark::State& state) {
    ask(state, "GET /file HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n");
}
BENCHMARK_REGISTER_F(Served, head_to_response_get)->MeasureProcessCPUTime();

BENCHMARK_DEFINE_F(Served, head_to_response_options)(benchmark::State& state) {
    ask(state, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n\r\n");
}
BENCHMARK_REGISTER_F(Served, head_to_response_options)->MeasureProcessCPUTime();

BENCHMARK_DEFINE_F(Served, head_to_response_refused)(benchmark::State& state) {
    ask(state, "MKCOL /file/../../x HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n\r\n");
}
BENCHMARK_REGISTER_F(Served, head_to_response_refused)->MeasureProcessCPUTime();

}  // namespace
}  // namespace davit
