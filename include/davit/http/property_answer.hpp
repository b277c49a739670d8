#pragma once
// One resource's `response` of a PROPFIND (RFC 4918, 9.1): found properties under 200, the rest under 404.
#include "davit/engine/property_selection.hpp"
#include "davit/xml/writer.hpp"

namespace davit::http {

/// Prepared once for a request's properties, used for every member. Immutable, so equal requests share one.
class PropertyAnswer {
public:
    PropertyAnswer(const engine::Services& services, const PropfindBody& asked, bool minimal)
        : services_(services), selection_(asked, minimal) {}

    const engine::PropertySelection& selection() const { return selection_; }
    class Entry;
    /// The value as the user may see it.
    void append(std::string& out, const engine::Member& member, const engine::Caller& asker,
                const xml::BodyContext& context) const;

private:
    using Wanted = engine::PropertySelection::Wanted;
    using Names = engine::PropertySelection::Names;
    bool append_wanted(std::string& out, const Wanted& wanted, const engine::Member& member,
                       const engine::Caller& asker, const xml::BodyContext& context) const;
    void append_live_names(std::string& out, const engine::Member& member, const engine::Caller& asker) const;
    /// A stored property, or its name, where the answer has it although the request does not name it.
    void append_stored(std::string& out, const Property& property) const;
    void append_missing(std::string& out, Names missing) const;
    /// The properties that the server may not read.
    void append_hidden(std::string& out, Names hidden, const xml::BodyContext& context) const;

    const engine::Services& services_;
    engine::PropertySelection selection_;
};

/// The response element of one member, written piece by piece, so that a large one is never in memory as a whole.
/// Borrows all arguments.
class PropertyAnswer::Entry {
public:
    Entry(const PropertyAnswer& answer, const engine::Member& member, const engine::Caller& asker,
          const xml::BodyContext& context)
        : answer_(answer), member_(member), asker_(asker), context_(context) {}

    /// Appends until the response is complete (true), or until `out` has `window` bytes and at most one more property.
    bool append(std::string& out, std::size_t window);

private:
    enum class Stage : std::uint8_t { begin, wanted, stored, end };
    void begin(std::string& out);
    bool append_wanted(std::string& out, std::size_t window);
    bool append_stored(std::string& out, std::size_t window);
    void end(std::string& out);

    const PropertyAnswer& answer_;
    const engine::Member& member_;
    const engine::Caller& asker_;
    const xml::BodyContext& context_;
    Stage stage_ = Stage::begin;
    std::size_t next_ = 0;  ///< of what the stage goes through
    Names missing_;
    Names hidden_;  ///< not found because the server may not read them
};

}  // namespace davit::http
