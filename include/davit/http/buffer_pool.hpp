#pragma once
// The blocks into which connections read.
#include <cstddef>
#include <memory>
#include <span>

namespace davit::http {

/// Blocks of one size, from the kernel and not from the heap: thousands of connections that were busy for a moment
/// would otherwise leave holes in the heap that no allocation can use or give back. Each thread has a few spare blocks.
class BufferPool {
public:
    static constexpr std::size_t block = 8 * 1024;

    struct Return {
        std::size_t capacity = 0;  ///< a block's, or more, from the heap
        void operator()(char* bytes) const;
    };
    using Buffer = std::unique_ptr<char[], Return>;

    /// A block of at least `capacity` bytes, uninitialised.
    static Buffer take(std::size_t capacity);
};

/// The large buffers of workers that receive an upload. A connection holds none while the server waits for it.
class ReceiveWindow {
public:
    static constexpr std::size_t size = 256 * 1024;

    ReceiveWindow();
    ~ReceiveWindow();
    ReceiveWindow(const ReceiveWindow&) = delete;
    ReceiveWindow& operator=(const ReceiveWindow&) = delete;

    std::span<std::byte> bytes() const { return {bytes_.get(), size}; }
    /// Frees the windows that have not been used since the last call. Any thread.
    static void trim();

private:
    std::unique_ptr<std::byte[]> bytes_;
};

}  // namespace davit::http
