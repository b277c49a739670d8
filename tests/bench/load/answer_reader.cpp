#include "answer_reader.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace load {
namespace {

std::uint64_t number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end == text.data()) {
        throw std::runtime_error("not a number in an answer: " + std::string(text));
    }
    return value;
}

bool same_letters(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() &&
           std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

}  // namespace

void AnswerReader::start() {
    state_ = State::head;
    head_.clear();
    line_.clear();
    left_ = 0;
}

bool AnswerReader::take(std::string_view data) {
    while (state_ != State::done && !data.empty()) {
        switch (state_) {
            case State::head:
                take_head(data);
                break;
            case State::counted:
            case State::chunk_data:
                take_counted(data);
                break;
            default:
                take_line(data);
        }
    }
    return state_ == State::done;
}

bool AnswerReader::skip(std::uint64_t bytes) {
    left_ -= bytes;
    if (left_ == 0) {
        state_ = State::done;
    }
    return state_ == State::done;
}

bool AnswerReader::take_head(std::string_view& data) {
    const auto before = head_.size();
    head_ += data;
    const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos) {
        data = {};
        return false;
    }
    data.remove_prefix(end + 4 - before);
    head_.resize(end + 2);
    read_head();
    return true;
}

void AnswerReader::read_head() {
    if (!head_.starts_with("HTTP/1.") || head_.size() < 12) {
        throw std::runtime_error("not an answer: " + head_.substr(0, 80));
    }
    status_ = static_cast<int>(number(std::string_view(head_).substr(9, 3), 10));
    if (status_ == 100) {
        head_.clear();
        return;
    }
    closes_ = same_letters(field("connection"), "close");
    if (status_ == 204 || status_ == 304) {
        state_ = State::done;
    } else if (same_letters(field("transfer-encoding"), "chunked")) {
        state_ = State::chunk_size;
    } else {
        left_ = number(field("content-length"), 10);
        state_ = left_ == 0 ? State::done : State::counted;
    }
}

std::string_view AnswerReader::field(std::string_view name) const {
    std::string_view rest = head_;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(std::min(rest.size(), line.size() + 2));
        if (line.size() > name.size() && line[name.size()] == ':' && same_letters(line.substr(0, name.size()), name)) {
            auto value = line.substr(name.size() + 1);
            value.remove_prefix(std::min(value.size(), value.find_first_not_of(' ')));
            return value;
        }
    }
    return {};
}

void AnswerReader::take_counted(std::string_view& data) {
    const auto taken = std::min<std::uint64_t>(left_, data.size());
    data.remove_prefix(taken);
    left_ -= taken;
    if (left_ == 0) {
        state_ = state_ == State::counted ? State::done : State::chunk_end;
    }
}

void AnswerReader::take_line(std::string_view& data) {
    const auto end = data.find('\n');
    line_ += data.substr(0, end);
    if (end == std::string_view::npos) {
        data = {};
        return;
    }
    data.remove_prefix(end + 1);
    if (line_.ends_with('\r')) {
        line_.pop_back();
    }
    end_of_line();
    line_.clear();
}

void AnswerReader::end_of_line() {
    if (state_ == State::chunk_end) {
        state_ = State::chunk_size;
    } else if (state_ == State::trailer) {
        state_ = line_.empty() ? State::done : State::trailer;
    } else {
        left_ = number(line_, 16);
        state_ = left_ == 0 ? State::trailer : State::chunk_data;
    }
}

}  // namespace load
