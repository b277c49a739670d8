#pragma once
// The one gate for writes: what a request has to pass before it changes anything, in one order for every method.
#include <array>
#include <string_view>

#include "davit/engine/conditions.hpp"
#include "davit/engine/services.hpp"

namespace davit::engine {

/// The questions of one method, one function a step. A step that the method does not override asks nothing. A question
/// that is asked enters its Gate with ask(), so that `davit why` shows that it was passed.
class WriteQuestions {
public:
    WriteQuestions(const Services& services, const Target& target) : services_(services), target_(target) {}
    WriteQuestions(const WriteQuestions&) = delete;
    WriteQuestions& operator=(const WriteQuestions&) = delete;
    virtual ~WriteQuestions() = default;
    const Services& services() const { return services_; }

    /// May anything be written here (403)?
    Answer<void> read_only();
    /// RFC 4918, 10.4 (412).
    virtual Answer<void> if_header();
    /// Is there a resource, or none, as the method needs it (404, 405)? Later questions use what this one has found.
    virtual Answer<void> existence() { return {}; }
    /// Does the method make sense for this URL, and this Destination (403)? The root stays, nothing goes into itself.
    virtual Answer<void> place() { return {}; }
    /// Is it a file, or a collection, as the method and the slash at the URL's end need it (405, 409)?
    virtual Answer<void> type() { return {}; }
    /// The collection that a new resource goes into (409).
    virtual Answer<void> parent() { return {}; }
    /// A Depth that the method does not forbid there (400).
    virtual Answer<void> depth() { return {}; }
    /// Names that are not kept here (403).
    virtual Answer<void> name() { return {}; }
    /// Locks on the resource, on the collection above, on members (423).
    virtual Answer<void> locks() { return {}; }
    /// RFC 9110, 13.1 (412).
    virtual Answer<void> conditions() { return {}; }
    /// RFC 4918, 10.6 (412).
    virtual Answer<void> overwrite() { return {}; }
    /// Room in tables of the engine; the store answers for the disk.
    virtual Answer<void> room() { return {}; }

protected:
    /// What conditions() asks of a method with one resource.
    Answer<void> check_conditions(const std::optional<store::ResourceInfo>& info);

    const Services& services_;
    const Target& target_;
};

struct WriteStep {
    std::string_view name;
    Gate gate;  ///< as which `davit why` shows it
    Answer<void> (WriteQuestions::*question)();
};

/// The order in which every writing method is asked, from first to last; the first refusal is the answer. A client that
/// has lost its lock learns that first; no answer tells what lies behind a question that was refused.
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

/// Asks all steps.
Answer<void> check_preconditions(WriteQuestions& questions);

/// The same in two parts, for a method whose store finds the resource in the step that begins the change: the steps
/// before `existence`, and those after it.
Answer<void> check_before_existence(WriteQuestions& questions);
Answer<void> check_after_existence(WriteQuestions& questions);

}  // namespace davit::engine
