#pragma once
// The write gate: the checks that every method makes before it changes anything, in one order.
#include <array>
#include <string_view>

#include "davit/engine/conditions.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

/// The checks of one method, one function for each step. A step that the method does not override checks nothing. Each
/// check enters its Gate with ask(), so that `davit why` shows that the request passed it.
class WriteQuestions {
public:
    WriteQuestions(const Services& services, const Target& target) : services_(services), target_(target) {}
    WriteQuestions(const WriteQuestions&) = delete;
    WriteQuestions& operator=(const WriteQuestions&) = delete;
    virtual ~WriteQuestions() = default;
    const Services& services() const { return services_; }

    /// The server is not read-only (403).
    Answer<void> read_only();
    /// RFC 4918, 10.4 (412).
    virtual Answer<void> if_header();
    /// The resource exists, or does not, as the method requires (404, 405). Later checks use the result.
    virtual Answer<void> existence() { return {}; }
    /// The method is possible for this URL and Destination: not the root, no resource into itself (403).
    virtual Answer<void> place() { return {}; }
    /// The resource is a file or a collection, as the method and the URL's trailing slash require (405, 409).
    virtual Answer<void> type() { return {}; }
    /// The parent collection of a new resource exists (409).
    virtual Answer<void> parent() { return {}; }
    /// The method allows the Depth (400).
    virtual Answer<void> depth() { return {}; }
    /// The server stores such names (403).
    virtual Answer<void> name() { return {}; }
    /// Locks on the resource, on its parent, on members (423).
    virtual Answer<void> locks() { return {}; }
    /// RFC 9110, 13.1 (412).
    virtual Answer<void> conditions() { return {}; }
    /// RFC 4918, 10.6 (412).
    virtual Answer<void> overwrite() { return {}; }
    /// Free entries in the engine's tables. The store checks the disk space.
    virtual Answer<void> room() { return {}; }

protected:
    /// The common conditions() of a method with one resource.
    Answer<void> check_conditions(const std::optional<store::ResourceInfo>& info);

    const Services& services_;
    const Target& target_;
};

struct WriteStep {
    std::string_view name;
    Gate gate;  ///< the gate in the output of `davit why`
    Answer<void> (WriteQuestions::*question)();
};

/// The order of the checks for every writing method. The first refusal is the response. So a client that has lost its
/// lock learns that first, and no response reveals what later checks would find.
inline constexpr std::array write_steps{
    WriteStep{"read-only", Gate::read_only, &WriteQuestions::read_only},
    WriteStep{"if", Gate::if_header, &WriteQuestions::if_header},
    WriteStep{"existence", Gate::existence, &WriteQuestions::existence},
    WriteStep{"place", Gate::existence, &WriteQuestions::place},
    WriteStep{"type", Gate::existence, &WriteQuestions::type},
    WriteStep{"parent", Gate::existence, &WriteQuestions::parent},
    WriteStep{"depth", Gate::existence, &WriteQuestions::depth},
    WriteStep{"name", Gate::name, &WriteQuestions::name},
    WriteStep{"locks", Gate::locks, &WriteQuestions::locks},
    WriteStep{"conditions", Gate::conditions, &WriteQuestions::conditions},
    WriteStep{"overwrite", Gate::overwrite, &WriteQuestions::overwrite},
    WriteStep{"room", Gate::room, &WriteQuestions::room},
};

/// Runs all steps.
Answer<void> check_preconditions(WriteQuestions& questions);

/// The same in two parts, for a method whose store looks the resource up in the step that begins the change: the steps
/// before `existence`, and those after it.
Answer<void> check_before_existence(WriteQuestions& questions);
Answer<void> check_after_existence(WriteQuestions& questions);

}  // namespace davit::engine
