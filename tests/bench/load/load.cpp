// A closed-loop HTTP load on one thread, cheap enough to share two cores with the server it measures.
//     load PORT CONNECTIONS [--count N] [--seconds S] [--start N] [--modulo M] [--values FILE] [--save FILE] [--limit
//     S]
//          --step STATUSES FILE FILLER [--step ...]
// Every connection does the steps in turn with one counter value, then takes the next value; FILE holds a request with
// gaps (request_template.hpp), FILLER is the number of body bytes sent after it. Prints one line of JSON.
// --save writes "n Lock-Token" of every answer that has one.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "answer_reader.hpp"
#include "request_template.hpp"

namespace load {
namespace {

using Clock = std::chrono::steady_clock;

struct Step {
    std::vector<int> statuses;
    RequestTemplate request;
    std::uint64_t filler;  ///< bytes
};

struct Options {
    std::uint16_t port = 0;
    std::size_t connections = 1;
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max(), start = 0, modulo = 0;
    double seconds = 60, limit = 120;
    std::vector<std::string> values;
    std::string save;
    std::vector<Step> steps;
};

std::string whole_file(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + name);
    }
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> lines_of(const std::string& name) {
    std::istringstream text(whole_file(name));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::vector<int> statuses_of(const std::string& list) {
    std::istringstream text(list);
    std::vector<int> statuses;
    for (std::string one; std::getline(text, one, ',');) {
        statuses.push_back(std::stoi(one));
    }
    return statuses;
}

Options read_options(const std::vector<std::string>& arguments) {
    Options options;
    std::size_t at = 0;
    const auto next = [&] { return arguments.at(at++); };
    options.port = static_cast<std::uint16_t>(std::stoul(next()));
    options.connections = std::stoul(next());
    while (at < arguments.size()) {
        const auto name = next();
        if (name == "--count") {
            options.count = std::stoull(next());
        } else if (name == "--seconds") {
            options.seconds = std::stod(next());
        } else if (name == "--start") {
            options.start = std::stoull(next());
        } else if (name == "--modulo") {
            options.modulo = std::stoull(next());
        } else if (name == "--values") {
            options.values = lines_of(next());
        } else if (name == "--save") {
            options.save = next();
        } else if (name == "--limit") {
            options.limit = std::stod(next());
        } else if (name == "--step") {
            auto statuses = statuses_of(next());
            RequestTemplate request(whole_file(next()));
            options.steps.push_back({std::move(statuses), std::move(request), std::stoull(next())});
        } else {
            throw std::runtime_error("unknown: " + name);
        }
    }
    return options;
}

/// What all connections share: the counter, the results, the deadline.
struct Run {
    explicit Run(const Options& given) : options(given), next(given.start) {}

    const Options& options;
    std::uint64_t next, done = 0, failed = 0, received = 0, sent = 0;
    Clock::time_point begin = Clock::now();
    std::vector<std::uint32_t> latencies{}, first_bytes{};  ///< microseconds, one a sequence of steps
    std::map<int, std::uint64_t> statuses{};
    std::string first_failure{};
    std::ofstream saved{};
    std::array<char, 262144> buffer{};
    std::string filler = std::string(1 << 20, 'x');

    [[nodiscard]] double elapsed() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }
    [[nodiscard]] bool more() const { return next - options.start < options.count && elapsed() < options.seconds; }
};

std::uint32_t microseconds(Clock::duration time) {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

class Connection {
public:
    Connection(Run& run, int epoll) : run_(run), epoll_(epoll) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { close(fd_); }

    void begin() {
        connect();
        idle_ = !next_sequence();
    }

    /// Something can be read or written.
    void ready(std::uint32_t events) {
        if ((events & EPOLLOUT) != 0) {
            send_more();
        }
        if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
            receive();
        }
    }

    [[nodiscard]] bool idle() const { return idle_; }

private:
    void connect() {
        fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(run_.options.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
        }
        const int on = 1;
        setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(EPOLL_CTL_ADD, EPOLLIN);
    }

    void watch(int operation, std::uint32_t events) {
        epoll_event event{.events = events, .data = {.ptr = this}};
        if (epoll_ctl(epoll_, operation, fd_, &event) != 0) {
            throw std::runtime_error("epoll_ctl");
        }
        watched_ = events;
    }

    void reconnect() {
        close(fd_);
        connect();
    }

    bool next_sequence() {
        if (!run_.more()) {
            return false;
        }
        n_ = run_.next++;
        step_ = 0;
        good_ = true;
        begun_ = Clock::now();
        first_byte_ = {};
        send_step();
        return true;
    }

    void send_step() {
        const auto& options = run_.options;
        const auto& step = options.steps[step_];
        const auto n = options.modulo != 0 ? n_ % options.modulo : n_;
        const auto value = options.values.empty() ? std::string_view() : options.values[n_ % options.values.size()];
        out_.clear();
        step.request.append(out_, {n, n_, value, token_});
        out_at_ = 0;
        filler_left_ = step.filler;
        answer_.start();
        received_any_ = false;
        send_more();
    }

    void send_more() {
        while (out_at_ < out_.size() || filler_left_ > 0) {
            const bool head = out_at_ < out_.size();
            const char* data = head ? out_.data() + out_at_ : run_.filler.data();
            const auto size = head ? out_.size() - out_at_ : std::min<std::uint64_t>(filler_left_, run_.filler.size());
            const auto sent = send(fd_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0) {
                sending_failed();
                return;
            }
            run_.sent += static_cast<std::uint64_t>(sent);
            (head ? out_at_ : filler_left_) +=
                head ? static_cast<std::uint64_t>(sent) : 0 - static_cast<std::uint64_t>(sent);
        }
        if (watched_ != EPOLLIN) {
            watch(EPOLL_CTL_MOD, EPOLLIN);
        }
    }

    void sending_failed() {
        if (errno == EAGAIN) {
            if ((watched_ & EPOLLOUT) == 0) {
                watch(EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            }
        } else {
            lost();
        }
    }

    void receive() {
        const auto skippable = answer_.skippable();
        // MSG_TRUNC: TCP throws the bytes away without copying them.
        const auto got = skippable > run_.buffer.size()
                             ? recv(fd_, nullptr, std::min<std::uint64_t>(skippable, 1 << 24), MSG_DONTWAIT | MSG_TRUNC)
                             : recv(fd_, run_.buffer.data(), run_.buffer.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        if (got <= 0) {
            lost();
            return;
        }
        const auto size = static_cast<std::size_t>(got);
        run_.received += size;
        received_any_ = true;
        if (step_ == 0 && first_byte_ == Clock::time_point()) {
            first_byte_ = Clock::now();
        }
        if (skippable > run_.buffer.size() ? answer_.skip(size) : answer_.take({run_.buffer.data(), size})) {
            answered();
        }
    }

    /// The server closed. Between two requests it may; the request that crossed it is sent again (RFC 9110, 9.2.2
    /// aside).
    void lost() {
        if (received_any_ || ++losses_ > 100) {
            throw std::runtime_error("connection lost in the midst of an answer after " + std::to_string(run_.done));
        }
        reconnect();
        send_step();
    }

    void answered() {
        const auto& step = run_.options.steps[step_];
        ++run_.statuses[answer_.status()];
        if (std::find(step.statuses.begin(), step.statuses.end(), answer_.status()) == step.statuses.end()) {
            good_ = false;
            if (run_.first_failure.empty()) {
                run_.first_failure = answer_.head();
            }
        }
        if (const auto token = answer_.field("lock-token"); !token.empty()) {
            token_ = token;
            if (run_.saved.is_open()) {
                run_.saved << n_ << ' ' << token << '\n';
            }
        }
        if (answer_.closes()) {
            reconnect();
        }
        advance();
    }

    void advance() {
        if (good_ && ++step_ < run_.options.steps.size()) {
            send_step();
            return;
        }
        ++(good_ ? run_.done : run_.failed);
        losses_ = 0;
        run_.latencies.push_back(microseconds(Clock::now() - begun_));
        run_.first_bytes.push_back(microseconds(first_byte_ - begun_));
        idle_ = !next_sequence();
    }

    Run& run_;
    int epoll_, fd_ = -1;
    std::uint32_t watched_ = 0;
    AnswerReader answer_;
    std::string out_, token_;
    std::size_t out_at_ = 0, step_ = 0;
    std::uint64_t filler_left_ = 0, n_ = 0;
    int losses_ = 0;
    bool received_any_ = false, good_ = true, idle_ = false;
    Clock::time_point begun_, first_byte_;
};

void work(Run& run) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    std::vector<std::unique_ptr<Connection>> connections;
    for (std::size_t i = 0; i < run.options.connections; ++i) {
        connections.push_back(std::make_unique<Connection>(run, epoll));
        connections.back()->begin();
    }
    std::array<epoll_event, 64> events;
    while (!std::all_of(connections.begin(), connections.end(), [](const auto& one) { return one->idle(); })) {
        const int count = epoll_wait(epoll, events.data(), events.size(), 1000);
        for (int i = 0; i < count; ++i) {
            static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr)
                ->ready(events[static_cast<std::size_t>(i)].events);
        }
        if (run.elapsed() > run.options.limit) {
            throw std::runtime_error("over the limit of time after " + std::to_string(run.done));
        }
    }
    connections.clear();
    close(epoll);
}

std::uint32_t percentile(std::vector<std::uint32_t>& sorted, double part) {
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * part)];
}

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c < ' ' ? ' ' : c;
    }
    return out;
}

void print(Run& run, double seconds) {
    std::sort(run.latencies.begin(), run.latencies.end());
    std::sort(run.first_bytes.begin(), run.first_bytes.end());
    std::printf("{\"done\": %lu, \"failed\": %lu, \"next\": %lu, \"seconds\": %.6f, \"received\": %lu, \"sent\": %lu, ",
                run.done, run.failed, run.next, seconds, run.received, run.sent);
    std::printf("\"p50\": %u, \"p90\": %u, \"p99\": %u, \"max\": %u, ", percentile(run.latencies, 0.5),
                percentile(run.latencies, 0.9), percentile(run.latencies, 0.99), percentile(run.latencies, 1));
    std::printf("\"first_byte_p50\": %u, \"first_byte_p99\": %u, \"statuses\": {", percentile(run.first_bytes, 0.5),
                percentile(run.first_bytes, 0.99));
    const char* comma = "";
    for (const auto& [status, count] : run.statuses) {
        std::printf("%s\"%d\": %lu", comma, status, count);
        comma = ", ";
    }
    std::printf("}, \"first_failure\": \"%s\"}\n", escaped(run.first_failure).c_str());
}

}  // namespace
}  // namespace load

int main(int count, char** arguments) {
    try {
        const auto options = load::read_options({arguments + 1, arguments + count});
        load::Run run(options);
        if (!options.save.empty()) {
            run.saved.open(options.save);
        }
        load::work(run);
        load::print(run, run.elapsed());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "load: %s\n", error.what());
        return 1;
    }
}
