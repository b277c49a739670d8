#pragma once
// The coroutine type of the HTTP layer. Bound to io_context's own executor: cheaper than the type-erased one.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace davit::http {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
template <typename T = void>
using Task = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> use_task{};

}  // namespace davit::http
