// Reads answers by the rules of RFC 9112 as they arrive, and throws the bodies away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace load {

class AnswerReader {
public:
    /// Ready for the next answer on the same connection.
    void start();

    /// Takes some of `data`; true when the answer is complete (the server never sends more: one request at a time).
    /// Throws std::runtime_error on what is not HTTP.
    bool take(std::string_view data);

    /// Bytes of a body with a Content-Length that may be skipped without being looked at.
    [[nodiscard]] std::uint64_t skippable() const { return state_ == State::counted ? left_ : 0; }
    bool skip(std::uint64_t bytes);

    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] bool closes() const { return closes_; }
    [[nodiscard]] const std::string& head() const { return head_; }

    /// The value of a field, empty if there is none. `name` in lower case.
    [[nodiscard]] std::string_view field(std::string_view name) const;

private:
    enum class State : std::uint8_t { head, counted, chunk_size, chunk_data, chunk_end, trailer, done };

    bool take_head(std::string_view& data);
    void read_head();
    void take_line(std::string_view& data);
    void end_of_line();
    void take_counted(std::string_view& data);

    State state_ = State::head;
    int status_ = 0;
    bool closes_ = false;
    std::uint64_t left_ = 0;
    std::string head_, line_;
};

}  // namespace load
