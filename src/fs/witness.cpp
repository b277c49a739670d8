#include "witness.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "confined.hpp"

namespace davit::fs {
namespace {

constexpr std::uint32_t of_file = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONESHOT;
constexpr std::int64_t lately = 1'000'000'000;
constexpr std::uint32_t of_folder = IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR;

// Written by the signal handler, in its own thread.
thread_local volatile std::sig_atomic_t stirred = 0;
thread_local volatile std::sig_atomic_t listening = -1;

/// Signals once: until listen() has run no more signals arrive, whatever happens.
void stir(int /*number*/) {
    const int before = errno;
    stirred = 1;
    if (listening >= 0) ::fcntl(listening, F_SETFL, O_NONBLOCK);
    errno = before;
}

bool take_signals() {
    static const bool taken = [] {
        struct sigaction action{};
        action.sa_handler = stir;
        action.sa_flags = SA_RESTART;
        return ::sigaction(SIGIO, &action, nullptr) == 0;
    }();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGIO);
    return taken && ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0;
}

bool send_signals_here(int events) {
    const f_owner_ex owner{F_OWNER_TID, ::gettid()};
    return ::fcntl(events, F_SETOWN_EX, &owner) == 0;
}

bool arm(int events) {
    return ::fcntl(events, F_SETFL, O_NONBLOCK | O_ASYNC) == 0;
}

std::int64_t coarse_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

Witness& Witness::of_thread() {
    thread_local Witness witness;
    return witness;
}

Witness::~Witness() {
    listening = -1;
}

bool Witness::begin() {
    if (events_ || unable_) return !unable_;
    events_ = UniqueFd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    unable_ = !events_ || !take_signals() || !send_signals_here(events_.get()) || !arm(events_.get());
    listening = unable_ ? -1 : events_.get();
    if (unable_) events_.reset();
    return !unable_;
}

/// Keeps the descriptor, because the kernel needs milliseconds to close one that has watches.
void Witness::forget_all() {
    for (const auto& [watch, places] : by_watch_) ::inotify_rm_watch(events_.get(), watch);
    for (const auto& [watch, places] : folders_) ::inotify_rm_watch(events_.get(), watch);
    trusted_.clear();
    by_watch_.clear();
    folders_.clear();
    std::ranges::fill(asked_, std::uint8_t{0});
}

/// Rearmed before the read: an event during or after it is read or signalled.
void Witness::listen() {
    stirred = 0;
    if (!events_) return;
    if (!arm(events_.get())) unable_ = true;
    if (unable_) return forget_all();
    alignas(inotify_event) std::array<char, 4096> buffer;
    while (true) {
        const auto size = ::read(events_.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return;
        for (const char* at = buffer.data(); at < buffer.data() + size;) {
            const auto& event = *reinterpret_cast<const inotify_event*>(at);
            at += sizeof event + event.len;
            take(event);
        }
    }
}

void Witness::take(const inotify_event& event) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return forget_all();  // the kernel has dropped events
    if (folders_.contains(event.wd)) return distrust_below(event.wd);
    distrust(event.wd);
}

/// A directory was moved or removed: nothing reached through it is reached that way any more.
void Witness::distrust_below(int watch) {
    const auto folder = folders_.extract(watch);
    std::vector<int> files;
    for (const auto& [cache, path] : folder.mapped())
        for (const auto& [place, file] : trusted_)
            if (place.cache == cache && place.path.size() > path.size() && place.path.starts_with(path) &&
                place.path[path.size()] == '/')
                files.push_back(file->watch);
    for (const int each : files) end_watch(each);
    ::inotify_rm_watch(events_.get(), watch);
}

void Witness::end_watch(int watch) {
    ::inotify_rm_watch(events_.get(), watch);
    distrust(watch);
}

void Witness::distrust(int watch) {
    const auto places = by_watch_.extract(watch);
    if (!places) return;
    for (const auto& place : places.mapped()) {
        asked(place) = 0;
        trusted_.erase(place);
    }
}

/// Returns the watch, or -1.
int Witness::watch(int root, const std::string& path, std::uint32_t mask) {
    const auto fd = open_beneath(root, path, O_PATH | O_NOFOLLOW, store::Waiting::refused, Links::refused);
    if (!fd) return -1;
    return ::inotify_add_watch(events_.get(), ("/proc/self/fd/" + std::to_string(fd->get())).c_str(), mask);
}

bool Witness::watch_way_to(std::uint64_t cache, int root, const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        Folder folder{cache, path.substr(0, slash)};
        const int watched = watch(root, folder.path, of_folder);
        if (watched < 0) return false;
        auto& names = folders_[watched];
        if (std::ranges::find(names, folder) == names.end()) names.push_back(std::move(folder));
    }
    return true;
}

/// Removes watches that were not used lately. Returns false when there are none.
bool Witness::make_room(std::int64_t now) {
    if (now < full_until_) return false;
    if (folders_.size() >= most_folders) forget_all();
    if (trusted_.size() < most_files) return true;
    full_until_ = now + lately;
    std::vector<int> old;
    for (const auto& [place, file] : trusted_)
        if (file->looked + lately < now) old.push_back(file->watch);
    for (const int each : old) end_watch(each);
    return trusted_.size() < most_files;
}

/// Checks the file once more after the watch exists: from then on no change goes unnoticed.
void Witness::trust(std::uint64_t cache, int root, const std::string& path, const Known& known, std::int64_t now) {
    if (!make_room(now) || !begin()) return;
    listen();
    const int file = !unable_ && watch_way_to(cache, root, path) ? watch(root, path, of_file) : -1;
    if (file < 0 && errno == ENOSPC) full_until_ = now + lately;  // the user's watches are used up
    if (file < 0 || !KnownResources::is_still(root, path, *known)) return;
    auto trusted = std::make_unique<Trusted>(path, known, now, file);
    const Place place{cache, trusted->path};
    auto& places = by_watch_[file];
    places.reserve(places.size() + 1);  // a trusted entry must be findable by its watch, even if memory runs out here
    trusted_.emplace(place, std::move(trusted));
    places.push_back(place);
}

Witness::Known Witness::find(std::uint64_t cache, std::string_view path) {
    if (stirred != 0) listen();
    const auto found = trusted_.find(Place{cache, path});
    if (found == trusted_.end() || coarse_now() - found->second->looked >= at_least_every) return nullptr;
    return found->second->known.lock();
}

void Witness::found(std::uint64_t cache, int root, const std::string& path, const Known& known) {
    const Place place{cache, path};
    const auto now = coarse_now();
    if (const auto trusted = trusted_.find(place); trusted != trusted_.end()) {
        if (trusted->second->known.lock() == known) {
            trusted->second->looked = now;
            return;
        }
        distrust(trusted->second->watch);
    }
    if (unable_ || known->info().collection || ++asked(place) < worth_watching) return;
    asked(place) = 0;
    trust(cache, root, path, known, now);
}

}  // namespace davit::fs
