#pragma once
#include "davit/store/property_store.hpp"
#include "volume.hpp"

namespace davit::fs {

/// store::PropertyStore on a volume.
class FileProperties final : public store::PropertyStore {
public:
    explicit FileProperties(Volume& volume) : volume_(volume) {}
    Result<PropertySet> read(const ResourcePath& path, store::Waiting waiting) const override;
    Result<void> write(const ResourcePath& path, const store::PropertyChange& change) override;

private:
    Volume& volume_;
};

}  // namespace davit::fs
