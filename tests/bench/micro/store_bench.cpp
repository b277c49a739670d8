// The served folder: look-ups, locks and properties on a small tree in a temporary folder, nothing synced.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "../../../src/fs/property_codec.hpp"
#include "davit/fs/open_tree.hpp"

namespace davit {
namespace {

using store::Waiting;

PropertySet five_properties() {
    PropertySet set;
    for (int i = 0; i < 5; ++i) {
        const auto name = "p" + std::to_string(i);
        set.set({{"urn:bench:", name}, "<p xmlns=\"urn:bench:\">a value of a common length, " + name + "</p>"});
    }
    return set;
}

/// A folder with one file; locks are added by the benchmarks.
class Folder : public benchmark::Fixture {
public:
    using benchmark::Fixture::SetUp;
    using benchmark::Fixture::TearDown;

    void SetUp(benchmark::State&) override {
        std::string pattern = (std::filesystem::temp_directory_path() / "davit-micro-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        root_ = pattern;
        std::filesystem::create_directory(root_ / "folder");
        std::ofstream(root_ / "folder" / "file") << "content";
        tree_ = fs::open_tree({.root = root_, .durable = false}, clock_).value();
    }

    void TearDown(benchmark::State&) override {
        tree_.reset();
        std::filesystem::remove_all(root_);
    }

protected:
    void hold(std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
            ActiveLock lock;
            lock.token = "urn:uuid:" + std::to_string(i);
            lock.root = ResourcePath::parse("/locked/f" + std::to_string(i)).value();
            lock.timeout = std::chrono::hours(1);
            lock.expires = clock_.now() + lock.timeout;
            if (!tree_->locks().add(std::make_shared<const ActiveLock>(lock))) {
                throw std::runtime_error("add");
            }
        }
    }

    const ResourcePath path_ = ResourcePath::parse("/folder/file").value();
    store::SystemClock clock_;
    std::filesystem::path root_;
    std::unique_ptr<fs::Tree> tree_;
};

BENCHMARK_DEFINE_F(Folder, stat)(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(tree_->resources().stat(path_, Waiting::refused));
    }
}
BENCHMARK_REGISTER_F(Folder, stat);

BENCHMARK_DEFINE_F(Folder, locks_covering)(benchmark::State& state) {
    hold(state.range(0));
    for (auto _ : state) {
        benchmark::DoNotOptimize(tree_->locks().covering(path_));
    }
    state.SetComplexityN(state.range(0));
}
BENCHMARK_REGISTER_F(Folder, locks_covering)->RangeMultiplier(10)->Range(1, 10000)->Complexity(benchmark::oLogN);

BENCHMARK_DEFINE_F(Folder, lock_found_and_covering)(benchmark::State& state) {
    hold(state.range(0));
    const auto locked = ResourcePath::parse("/locked/f0").value();
    for (auto _ : state) {
        benchmark::DoNotOptimize(tree_->locks().covering(locked));
        benchmark::DoNotOptimize(tree_->locks().find("urn:uuid:0"));
    }
}
BENCHMARK_REGISTER_F(Folder, lock_found_and_covering)->RangeMultiplier(10)->Range(1, 10000);

void property_encode(benchmark::State& state) {
    const auto set = five_properties();
    for (auto _ : state) {
        benchmark::DoNotOptimize(fs::encode(set));
    }
}
BENCHMARK(property_encode);

void property_decode(benchmark::State& state) {
    const auto bytes = fs::encode(five_properties());
    for (auto _ : state) {
        benchmark::DoNotOptimize(fs::decode(bytes));
    }
}
BENCHMARK(property_decode);

}  // namespace
}  // namespace davit
