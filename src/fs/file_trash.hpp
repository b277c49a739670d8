#pragma once
#include "davit/store/trash_store.hpp"
#include "volume.hpp"

namespace davit::fs {

/// store::TrashStore for a volume with a trash.
class FileTrash final : public store::TrashStore {
public:
    explicit FileTrash(Volume& volume) : volume_(volume) {}

    std::vector<store::TrashEntry> list() const override { return volume_.trash->list(); }
    Result<store::TrashEntry> find(const std::string& id) const override { return volume_.trash->find(id); }
    Result<bool> restore(const std::string& id, const ResourcePath& to, store::Replace replace,
                         const store::Actor& by) override;
    Result<void> discard(const std::string& id) override;
    std::vector<store::TrashEntry> empty_now() override { return volume_.trash->empty_now(); }
    store::TrashUsage usage() const override { return volume_.trash->usage(); }
    store::TrashUsage usage_now() override { return volume_.trash->usage_now(); }

private:
    Volume& volume_;
};

}  // namespace davit::fs
