// Heads and bodies of answers on the wire.
#include <array>
#include <charconv>
#include <ctime>
#include <functional>
#include <random>

#include "davit/http/session.hpp"
#include "gzip.hpp"

namespace davit::http {
namespace {

constexpr std::size_t worth_compressing = 1400;  ///< what is shorter goes in one packet as it is
constexpr unsigned most_windows = 16;            ///< that one visit to a worker makes and sends
constexpr std::size_t small_file = 64 * 1024;    ///< sent from memory, with its head, in one system call

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    out.append(digits.data(), end);
}

/// From the end of the status line to the request id: written anew once a second, by each thread.
std::string_view common_fields() {
    thread_local std::time_t shown = -1;
    thread_local std::string text;
    const auto now = std::time(nullptr);
    if (now != shown) {
        shown = now;
        text = "\r\nServer: davit\r\nDate: ";
        append_imf_fixdate(text, std::chrono::sys_seconds(std::chrono::seconds(now)));
        text += "\r\nX-Request-Id: ";
    }
    return text;
}

void append_head(std::string& out, const Reply& reply, const WriteContext& context, bool keep_alive) {
    out += "HTTP/1.1 ";
    append_number(out, number(reply.status));
    out += ' ';
    out += reason_phrase(reply.status);
    out += common_fields();
    out += context.request_id;
    out += "\r\n";
    out += reply.fields;
    if (!keep_alive) {
        out += "Connection: close\r\n";
    } else if (!context.http11) {
        out += "Connection: keep-alive\r\n";
    }
}

void append_length(std::string& out, std::uint64_t length) {
    out += "Content-Length: ";
    append_number(out, length);
    out += "\r\n\r\n";
}

/// The bytes of a file that are sent: all, or the one range.
struct Part {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};
Part part_of(const FileBody& file) {
    if (file.ranges.empty()) return {0, file.content->info().size};
    return {file.ranges.front().first, file.ranges.front().length()};
}

void append_file_fields(std::string& out, const FileBody& file, std::uint64_t length) {
    if (!file.media_type.empty()) ((out += "Content-Type: ") += file.media_type) += "\r\n";
    append_length(out, length);
}

class Writer {
public:
    Writer(Shared& shared, Connection& connection, Reply& reply, const WriteContext& context)
        : shared_(shared), connection_(connection), reply_(reply), context_(context), window_memory_(shared.memory) {
        written_.keep_alive = context.keep_alive;
        connection_.set_sending_pace(context.pace);
    }

    Task<Written> write() {
        const auto body = compose(out_, reply_, context_);
        if (body) {
            co_await write_composed(*body);
        } else if (auto* file = std::get_if<FileBody>(&reply_.body); file && file->ranges.size() > 1) {
            co_await write_multipart(*file);
        } else if (file) {
            co_await write_file(*file);
        } else {
            co_await write_stream(std::get<Producer>(reply_.body));
        }
        written_.complete = !error_;
        written_.keep_alive = written_.keep_alive && !error_;
        co_return written_;
    }

private:
    void start_head() { append_head(out_, reply_, context_, written_.keep_alive); }

    Task<> write_composed(std::string_view body) {
        std::array<iovec, 2> pieces{iovec{out_.data(), out_.size()},
                                    iovec{const_cast<char*>(body.data()), body.size()}};
        co_await connection_.send(pieces, error_);
        if (!error_) written_.bytes = body.size();
    }

    Task<> write_file(FileBody& file) {
        const auto range = part_of(file);
        start_head();
        append_file_fields(out_, file, range.length);
        if (context_.head_only) {
            co_await connection_.send(out_, error_);
        } else if (range.length <= small_file) {
            co_await write_small(*file.content, range.first, range.length);
        } else {
            connection_.cork(true);
            co_await connection_.send(out_, error_);
            if (!error_) co_await send_range(*file.content, range.first, range.length);
            connection_.cork(false);
            if (!error_) written_.bytes = range.length;
        }
    }

    Task<> write_small(const store::Content& content, std::uint64_t offset, std::uint64_t length) {
        const auto head = out_.size();
        out_.resize(head + static_cast<std::size_t>(length));
        const auto into = std::as_writable_bytes(std::span(out_).subspan(head));
        std::size_t filled = 0;
        while (filled < into.size()) {
            auto got = content.read(offset + filled, into.subspan(filled), store::Waiting::refused);
            if (!got && got.error().code == FailureCode::would_block)
                got = co_await shared_.workers.run(
                    [&] { return content.read(offset + filled, into.subspan(filled), store::Waiting::allowed); });
            if (!got || *got == 0) {
                error_ =
                    asio::error::eof;  // cut short behind our back, or unreadable: better no answer than half of one
                co_return;
            }
            filled += *got;
        }
        co_await connection_.send(out_, error_);
        if (!error_) written_.bytes = length;
    }

    /// RFC 9110, 14.6.
    Task<> write_multipart(FileBody& file) {
        const auto boundary = make_boundary();
        std::vector<std::string> heads;
        std::uint64_t length = 0;
        for (const auto& range : file.ranges) {
            heads.push_back(part_head(file, range, boundary, heads.empty()));
            length += heads.back().size() + range.length();
        }
        const auto tail = "\r\n--" + boundary + "--\r\n";
        length += tail.size();
        start_head();
        out_ += "Content-Type: multipart/byteranges; boundary=" + boundary + "\r\n";
        append_length(out_, length);
        co_await connection_.send(out_, error_);
        if (context_.head_only) co_return;
        for (std::size_t part = 0; part < heads.size() && !error_; ++part) {
            co_await connection_.send(heads[part], error_);
            const auto& range = file.ranges[part];
            if (!error_) co_await send_part(*file.content, range);
        }
        if (!error_) co_await connection_.send(tail, error_);
        if (!error_) written_.bytes = length;
    }

    Task<> send_part(const store::Content& content, const headers::ByteRange& range) {
        if (const auto* bytes = content.in_memory()) {
            co_await connection_.send(std::string_view(*bytes).substr(range.first, range.length()), error_);
        } else {
            co_await send_range(content, range.first, range.length());
        }
    }

    /// A worker reads the file in windows where sendfile(2) may not send it.
    Task<> send_range(const store::Content& content, std::uint64_t offset, std::uint64_t length) {
        if (content.may_send_pages()) {
            co_await connection_.send_file(content.native_handle(), offset, length, error_);
            co_return;
        }
        constexpr std::uint64_t window = 64 * 1024;
        std::string bytes;
        while (length > 0 && !error_) {
            bytes.resize(static_cast<std::size_t>(std::min(window, length)));
            const auto got = co_await shared_.workers.run([&] {
                return content.read(offset, std::as_writable_bytes(std::span(bytes)), store::Waiting::allowed);
            });
            if (!got || *got == 0) {
                error_ = asio::error::eof;
                co_return;
            }
            co_await connection_.send(std::string_view(bytes).substr(0, *got), error_);
            offset += *got;
            length -= *got;
        }
    }

    static std::string make_boundary() {
        std::random_device random;
        std::string boundary = "davit-";
        for (int i = 0; i < 4; ++i) boundary += std::to_string(random());
        return boundary;
    }

    static std::string part_head(const FileBody& file, const headers::ByteRange& range, const std::string& boundary,
                                 bool first) {
        std::string head = first ? "--" : "\r\n--";
        head += boundary + "\r\nContent-Type: " + file.media_type + "\r\nContent-Range: bytes ";
        head += std::to_string(range.first) + '-' + std::to_string(range.last) + '/' +
                std::to_string(file.content->info().size) + "\r\n\r\n";
        return head;
    }

    /// The first window decides: a short answer gets a length, a long one goes out in chunks as it is made. To an
    /// HTTP/1.0 client a long one ends with the connection.
    Task<> write_stream(Producer& producer) {
        std::string window;
        bool more = co_await produce(producer, window);
        if (!error_) hold(window);
        if (error_ == asio::error::no_memory) {  // nothing is sent yet, so the server can still refuse
            error_ = {};
            written_.out_of_memory = true;
        }
        if (error_ || written_.out_of_memory) co_return;
        if (gzip_) reply_.add("Content-Encoding", "gzip");
        if (!more || context_.head_only) {
            if (context_.head_only && more) {
                start_head();
                out_ += "\r\n";
                co_await connection_.send(out_, error_);
            } else {
                reply_.body = std::move(window);
                const auto body = compose(out_, reply_, context_);
                co_await write_composed(*body);
            }
            co_return;
        }
        const bool chunked = context_.http11;
        if (!chunked) written_.keep_alive = false;
        start_head();
        out_ += chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n";
        frame(window, chunked, !more);
        for (;;) {
            co_await connection_.send(unsent_, error_);
            count(window);
            if (error_ || !more) co_return;
            more = co_await produce_and_send(producer, window, chunked);
            if (error_) co_return;
            hold(window);
        }
    }

    /// A window is as large as its last entry, and stays until the client has taken it. The session counts usual ones,
    /// of up to one 64 KiB window and a small entry. A larger one exists already, of properties for which the budget
    /// had room: it counts, and is not refused.
    void hold(const std::string& window) {
        constexpr std::size_t usual = 2 * small_share;
        window_memory_.hold(window.size() > usual ? window.size() : 0);
    }

    /// On a worker. The first window decides whether compressing pays.
    bool fill(Producer& producer, std::string& window) {
        const bool more = producer(window);
        if (std::exchange(reply_.gzip, false) && context_.http11 && (more || window.size() >= worth_compressing))
            gzip_.emplace();
        if (gzip_) gzip_->compress(window, !more);
        return more;
    }

    /// On a worker, which is spared the way to the loop and back as long as the socket takes what it makes; not for
    /// ever, since others wait for workers too. What remains unsent is the loop's.
    bool fill_and_send(Producer& producer, std::string& window, bool chunked) {
        for (unsigned windows = 1;; ++windows) {
            window.clear();
            const bool more = fill(producer, window);
            frame(window, chunked, !more);
            if (connection_.encrypts_here()) return more;
            unsent_ = connection_.send_at_once(unsent_, error_);
            if (!more || error_ || !unsent_.empty() || windows == most_windows) return more;
            count(window);
        }
    }

    Task<bool> on_worker(std::function<bool()> work) {
        bool more = false;
        try {
            more = co_await shared_.workers.run(work);
        } catch (const std::bad_alloc&) {
            error_ = asio::error::no_memory;
        } catch (const std::exception&) {
            error_ = asio::error::operation_aborted;
        }
        co_return more;
    }

    Task<bool> produce(Producer& producer, std::string& window) {
        return on_worker([&] { return fill(producer, window); });
    }

    Task<bool> produce_and_send(Producer& producer, std::string& window, bool chunked) {
        return on_worker([&, chunked] { return fill_and_send(producer, window, chunked); });
    }

    /// Makes `unsent_` of the window, and of the head when it is the first.
    void frame(std::string& window, bool chunked, bool last) {
        if (chunked && !window.empty()) {
            std::array<char, 16> digits;
            const auto end = std::to_chars(digits.begin(), digits.end(), window.size(), 16).ptr;
            out_.append(digits.data(), end) += "\r\n";
        }
        tail_ = chunked && !window.empty() ? "\r\n" : "";
        if (chunked && last) tail_ += "0\r\n\r\n";
        pieces_ = {iovec{out_.data(), out_.size()}, iovec{window.data(), window.size()},
                   iovec{tail_.data(), tail_.size()}};
        unsent_ = pieces_;
    }

    /// A window has gone.
    void count(const std::string& window) {
        if (!error_) written_.bytes += window.size();
        out_.clear();
    }

    Shared& shared_;
    Connection& connection_;
    Reply& reply_;
    const WriteContext& context_;
    std::string out_;
    std::string tail_;
    std::array<iovec, 3> pieces_{};
    std::span<iovec> unsent_;  ///< of `pieces_`
    error_code error_;
    Written written_;
    std::optional<Gzip> gzip_;
    MemoryBudget::Share window_memory_;  ///< of a large window
};

}  // namespace

std::optional<std::string_view> compose(std::string& head, const Reply& reply, const WriteContext& context) {
    const auto begin = [&] { append_head(head, reply, context, context.keep_alive); };
    if (std::holds_alternative<std::monostate>(reply.body)) {
        begin();
        // 204 and 304 have no body and no length (RFC 9110, 8.6).
        const bool no_length = reply.status == Status::no_content || reply.status == Status::not_modified;
        if (no_length) head += "\r\n";
        if (!no_length) append_length(head, 0);
        return std::string_view();
    }
    if (const auto* text = std::get_if<std::string>(&reply.body)) {
        begin();
        append_length(head, text->size());
        return context.head_only ? std::string_view() : std::string_view(*text);
    }
    const auto* file = std::get_if<FileBody>(&reply.body);
    const auto* bytes = file ? file->content->in_memory() : nullptr;
    if (!bytes || file->ranges.size() > 1) return std::nullopt;
    begin();
    const auto part = part_of(*file);
    append_file_fields(head, *file, part.length);
    if (context.head_only) return std::string_view();
    return std::string_view(*bytes).substr(static_cast<std::size_t>(part.first), static_cast<std::size_t>(part.length));
}

Task<Written> write_reply(Shared& shared, Connection& connection, Reply& reply, const WriteContext& context) {
    Writer writer(shared, connection, reply, context);
    co_return co_await writer.write();
}

}  // namespace davit::http
