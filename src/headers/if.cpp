// The If header (RFC 4918, 10.4.2).
#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"
#include "entity_tag.hpp"

namespace davit::headers {
namespace {

constexpr std::size_t max_text = 64 * 1024;
constexpr std::size_t max_conditions = 1000;

class IfParser {
public:
    IfParser(std::string_view text, const PublicAddress& address, std::string_view host)
        : in_(text), address_(address), host_(host) {}

    /// If = 1*No-tag-list | 1*Tagged-list
    Result<IfHeader> parse() {
        in_.skip_space();
        const bool tagged = in_.peek() == '<';
        while (!in_.done()) {
            if (auto taken = tagged ? tagged_list() : list(std::nullopt); !taken) return std::unexpected(taken.error());
            in_.skip_space();
            if (!tagged && in_.peek() == '<') return wrong("tagged and untagged lists are mixed");
        }
        if (header_.lists.empty()) return wrong("it holds no list");
        return std::move(header_);
    }

private:
    std::unexpected<Failure> wrong(const std::string& what) const {
        return fail(FailureCode::bad_header, "If: " + what + " (at offset " + std::to_string(in_.at()) + ").");
    }

    /// Tagged-list = Resource-Tag 1*List
    Result<void> tagged_list() {
        std::string_view url;
        if (!in_.accept('<') || !in_.until('>', url)) return wrong("a resource tag is expected");
        auto path = parse_reference(url, address_, host_);
        // A hostile path is a syntax error. Another server or scheme only means that the list cannot hold.
        if (!path && path.error().code == FailureCode::bad_path) return wrong(path.error().sentence);
        if (!path && path.error().code == FailureCode::reserved_name) {
            path.error().sentence.insert(0, "If: ");
            return std::unexpected(std::move(path.error()));
        }
        const ResourceTag tag{path ? std::optional(std::move(*path)) : std::nullopt};
        in_.skip_space();
        do {
            if (auto taken = list(tag); !taken) return taken;
            in_.skip_space();
        } while (in_.peek() == '(');
        return {};
    }

    /// List = "(" 1*Condition ")"
    Result<void> list(std::optional<ResourceTag> tag) {
        if (!in_.accept('(')) return wrong("'(' is expected");
        ConditionList parsed{std::move(tag), {}};
        in_.skip_space();
        while (!in_.accept(')')) {
            if (auto taken = condition(parsed); !taken) return taken;
            in_.skip_space();
        }
        if (parsed.conditions.empty()) return wrong("a list is empty");
        header_.lists.push_back(std::move(parsed));
        return {};
    }

    /// Condition = ["Not"] (State-token | "[" entity-tag "]")
    Result<void> condition(ConditionList& into) {
        if (++conditions_ > max_conditions) return wrong("it has too many conditions");
        Condition parsed;
        parsed.negated = in_.accept_word("Not");
        in_.skip_space();
        std::string_view text;
        if (in_.accept('<')) {
            if (!in_.until('>', text)) return wrong("a state token is not closed");
            if (text.empty()) return wrong("a state token is empty");
            if (text.find_first_of(" \t<") != std::string_view::npos)
                return wrong("a state token has a blank or a '<' in it");
            parsed.what = LockToken(text);
        } else if (in_.accept('[')) {
            in_.skip_space();
            auto tag = take_entity_tag(in_);
            if (!tag) return wrong("an entity tag is malformed");
            in_.skip_space();
            if (!in_.accept(']')) return wrong("']' is expected after an entity tag");
            parsed.what = std::move(*tag);
        } else {
            return wrong("a state token or an entity tag is expected");
        }
        into.conditions.push_back(std::move(parsed));
        return {};
    }

    Scanner in_;
    const PublicAddress& address_;
    std::string_view host_;
    IfHeader header_;
    std::size_t conditions_ = 0;
};

}  // namespace

Result<IfHeader> parse_if(std::string_view text, const PublicAddress& address, std::string_view request_host) {
    if (text.size() > max_text) return fail(FailureCode::bad_header, "If: it is longer than 64 KiB.");
    return IfParser(text, address, request_host).parse();
}

}  // namespace davit::headers
