#pragma once
// Runs work that may wait for the disk on a thread, and returns its result to the event loop.
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <optional>
#include <type_traits>

#include "davit/engine/claims.hpp"
#include "davit/http/task.hpp"

namespace davit::http {

class WorkerPool {
public:
    /// `syncs`: changes wait for the disk; otherwise run_change() runs them on the calling thread.
    WorkerPool(unsigned threads, bool syncs) : pool_(threads), syncs_(syncs) {}
    void join() { pool_.join(); }
    bool syncs() const { return syncs_; }

    /// Runs a short change of a resource. Without syncing it only uses the kernel's memory, and the way to another
    /// thread and back would cost more than the change. `looks_at_many`: the change is not short, so it goes to a
    /// worker in any case.
    template <typename Work>
    auto run_change(bool looks_at_many, Work work) -> Task<std::invoke_result_t<Work&>> {
        if (!syncs_ && !looks_at_many) co_return work();
        co_return co_await run(std::move(work));
    }

    /// Runs `work` on a worker thread and resumes the caller on its own loop with the result; an exception travels too.
    template <typename Work>
    auto run(Work work) -> Task<std::invoke_result_t<Work&>> {
        using Value = std::invoke_result_t<Work&>;
        std::optional<Value> value;
        std::exception_ptr thrown;
        co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
            [&](auto handler) {
                auto executor = asio::get_associated_executor(handler);
                asio::post(pool_, [&, handler = std::move(handler), executor,
                                   alive = asio::make_work_guard(executor)]() mutable {
                    try {
                        value.emplace(work());
                    } catch (...) {
                        thrown = std::current_exception();
                    }
                    asio::post(executor, std::move(handler));
                });
            },
            use_task);
        if (thrown) std::rethrow_exception(thrown);
        co_return std::move(*value);
    }

private:
    asio::thread_pool pool_;
    bool syncs_;
};

/// Waits for a claim without holding a thread.
inline Task<engine::ClaimTable::Claim> claim(engine::ClaimTable& table, engine::ClaimItems items) {
    engine::ClaimTable::Claim held;
    if (auto at_once = table.try_acquire(items)) co_return std::move(*at_once);
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
        [&](auto handler) {
            auto executor = asio::get_associated_executor(handler);
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            table.acquire(std::move(items), [&held, shared, executor,
                                             alive = asio::make_work_guard(executor)](engine::ClaimTable::Claim c) {
                held = std::move(c);
                asio::post(executor, std::move(*shared));
            });
        },
        use_task);
    co_return std::move(held);
}

}  // namespace davit::http
