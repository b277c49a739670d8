#include "davit/fs/open_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstring>
#include <limits>

#include "database.hpp"
#include "diverting_stores.hpp"
#include "entries.hpp"
#include "errors.hpp"
#include "file_trash.hpp"
#include "health.hpp"
#include "idempotency_table.hpp"
#include "lock_table.hpp"
#include "properties.hpp"
#include "record_check.hpp"
#include "record_collector.hpp"
#include "resources.hpp"

namespace davit::fs {
namespace {

/// Entries removed per call of sweep(): of the trash, and as many of what was diverted.
constexpr std::size_t sweep_budget = 1000;

class PosixTree final : public Tree {
public:
    PosixTree()
        : resources_(volume_),
          properties_(volume_),
          diverting_resources_(volume_.diverted, resources_),
          diverting_properties_(volume_.diverted, properties_),
          trash_(volume_) {}

    Result<void> open(const TreeOptions& options, const store::Clock& clock) {
        if (auto done = open_root(options); !done) return done;
        if (options.read_only)
            volume_.state = StateFolder::open_to_read(volume_.root.get());
        else if (auto done = open_state(options, clock); !done)
            return done;
        choose_attributes(options);
        if (volume_.journal) volume_.journal->recover(volume_);
        const bool kept = options.durable && database_;
        auto locks = LockTable::open(kept ? database_.get() : nullptr, kept ? volume_.journal.get() : nullptr, clock);
        if (!locks) return std::unexpected(std::move(locks.error()));
        locks_ = std::move(*locks);
        drop_stray_locks();
        collector_ = std::make_unique<RecordCollector>(volume_, options.unused_records);
        if (database_) idempotency_ = std::make_unique<IdempotencyTable>(*database_, clock);
        return {};
    }

    store::ResourceStore& resources() override {
        if (volume_.diverted.on()) return diverting_resources_;
        return resources_;
    }
    store::PropertyStore& properties() override {
        if (volume_.diverted.on()) return diverting_properties_;
        return properties_;
    }
    store::LockStore& locks() override { return *locks_; }
    store::IdempotencyStore* idempotency() override { return idempotency_.get(); }
    store::TrashStore* trash() override { return volume_.trash ? &trash_ : nullptr; }

    bool sweep() override {
        locks_->drop_expired();
        volume_.copies.drop_idle();
        if (!volume_.trash) return true;
        const bool settled = !database_ || database_->settle();
        auto litter_budget = sweep_budget;
        auto budget = sweep_budget;
        const bool diverted = volume_.diverted.sweep(litter_budget);
        return volume_.trash->sweep(budget) && settled && diverted;
    }

    bool has_waste() const override { return volume_.trash && (volume_.trash->has_waste() || volume_.warnings.any()); }

    std::vector<std::string> take_warnings() override { return volume_.warnings.take(); }

    Collected collect() override {
        if (!volume_.state.exists()) return {std::chrono::hours(24), 0};
        const auto progress = collector_->step();
        return {progress.rest, progress.removed};
    }

    Result<void> make_home(const std::string& name) override {
        const int root = volume_.root.get();
        if (::mkdirat(root, name.c_str(), 0700) == 0) return volume_.sync_folder(root);
        if (errno != EEXIST) return system_error("mkdirat");
        const auto there = open_beneath(root, name, O_PATH | O_DIRECTORY);
        if (there) return {};
        if (there.error().code != FailureCode::not_found) return std::unexpected(there.error());
        return fail(FailureCode::permission_denied,
                    "Where this user's home would be stands something that is no folder.");
    }

    Result<std::shared_ptr<const HealthCheck>> health_check() const override {
        return make_health_check(volume_, path_);
    }

    Result<TreeReport> check(bool repair) const { return check_records(volume_, repair); }

    std::string describe() const override { return "properties in " + volume_.attributes->describe(); }

private:
    Result<void> open_root(const TreeOptions& options) {
        volume_.root = UniqueFd(::open(options.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!volume_.root) return system_error("open");
        std::error_code none;
        path_ = std::filesystem::absolute(options.root, none);
        const auto info = info_of(volume_.root.get());
        if (!info) return std::unexpected(info.error());
        volume_.device = info->device;
        volume_.durable = options.durable;
        return {};
    }

    Result<void> open_state(const TreeOptions& options, const store::Clock& clock) {
        auto state = StateFolder::open(volume_.root.get());
        if (!state) return std::unexpected(std::move(state.error()));
        volume_.state = std::move(*state);

        const auto path = std::filesystem::canonical(options.root) / ".davit" / "state.db";
        auto database = Database::open(path.string(), options.durable);
        if (!database) return std::unexpected(std::move(database.error()));
        database_ = std::move(*database);
        volume_.journal = std::make_unique<Journal>(*database_);
        volume_.trash =
            std::make_unique<Trash>(volume_.root.get(), volume_.state.trash(),
                                    Trash::Options{options.trash_keep, options.durable, trash_bytes(options)}, clock,
                                    volume_.marks, volume_.warnings);
        empty_tmp();
        volume_.copies.begin(volume_.state.folder(), clock);
        return open_litter(options, clock);
    }

    /// 0: no bound.
    std::uint64_t trash_bytes(const TreeOptions& options) const {
        if (options.trash_max.percent == 0) return options.trash_max.bytes;
        struct statvfs room{};
        if (::fstatvfs(volume_.state.trash(), &room) != 0) return 0;
        return static_cast<std::uint64_t>(room.f_blocks) * room.f_frsize / 100 * options.trash_max.percent;
    }

    Result<void> open_litter(const TreeOptions& options, const store::Clock& clock) {
        if (auto opened = volume_.state.open_litter(!options.diverted_names.empty()); !opened) return opened;
        volume_.diverted.begin(volume_.root.get(), volume_.state.litter(), options.diverted_names,
                               options.diverted_keep, clock, volume_.warnings);
        return {};
    }

    /// What was being built when the last run ended; but an old version that had just been replaced is the trash's.
    void empty_tmp() {
        volume_.trash->recover(volume_.state.tmp());
        volume_.trash->recover(volume_.state.trash());
        auto budget = std::numeric_limits<std::size_t>::max();
        if (empty_folder(volume_.state.tmp(), budget)) return;
        // What cannot be removed is the trash's too, which tries again and reports it.
        Entries entries(volume_.state.tmp());
        while (const auto* name = entries ? entries.next() : nullptr)
            if (auto taken = volume_.trash->take(volume_.state.tmp(), name, std::nullopt, {}); !taken)
                volume_.warnings.report(name, ".davit/tmp/" + std::string(name) +
                                                  " cannot be removed: " + std::strerror(taken.error().system->number));
    }

    /// A lock whose URL is not mapped is what a crash left between a DELETE or LOCK and its other half.
    void drop_stray_locks() {
        std::vector<LockToken> stray;
        for (const auto& lock : locks_->all()) {
            // Nearly all are where they belong, and there may be a hundred thousand: the cheapest look first.
            if (::faccessat(volume_.root.get(), lock->root.str().c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) continue;
            const auto info = resources().stat(lock->root, store::Waiting::allowed);
            if (!info && info.error().code == FailureCode::not_found) stray.push_back(lock->token);
        }
        locks_->forget_surely(stray);
    }

    void choose_attributes(const TreeOptions& options) {
        const bool probe = volume_.state.exists();
        const bool extended = options.properties == PropertyPlace::attributes ||
                              (options.properties == PropertyPlace::automatic &&
                               (!probe || keeps_extended_attributes(volume_.state.folder())));
        volume_.attributes = extended || !database_ ? make_extended_attributes() : make_attribute_table(*database_);
        volume_.property_sets = std::make_unique<PropertySets>(*volume_.attributes, volume_.state.records(),
                                                               volume_.marks, options.durable);
        // Properties in the database change without a trace on the file.
        volume_.known = std::make_unique<KnownResources>(volume_.root.get(), extended ? options.cache_bytes : 0);
        volume_.bare = std::make_unique<KnownBare>(volume_.known->keeps());
        volume_.spelling.begin(volume_.root.get(), volume_.device, options.exact_names ? Names::exact : Names::by_form,
                               KnownResources::is_trusted(volume_.root.get()));
    }

    std::filesystem::path path_;  ///< of the root; links in it may lead elsewhere later
    std::unique_ptr<Database> database_;
    Volume volume_;
    FileResources resources_;
    FileProperties properties_;
    DivertingResources diverting_resources_;
    DivertingProperties diverting_properties_;
    FileTrash trash_;
    std::unique_ptr<LockTable> locks_;
    std::unique_ptr<IdempotencyTable> idempotency_;
    std::unique_ptr<RecordCollector> collector_;
};

}  // namespace

Result<std::unique_ptr<Tree>> open_tree(const TreeOptions& options, const store::Clock& clock) {
    auto tree = std::make_unique<PosixTree>();
    if (auto opened = tree->open(options, clock); !opened) return std::unexpected(std::move(opened.error()));
    return tree;
}

Result<TreeReport> check_tree(const TreeOptions& options, const store::Clock& clock, bool repair) {
    PosixTree tree;
    if (auto opened = tree.open(options, clock); !opened) return std::unexpected(std::move(opened.error()));
    return tree.check(repair);
}

}  // namespace davit::fs
