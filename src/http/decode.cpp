#include "davit/http/decode.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>

#include "davit/http/known_head.hpp"

namespace davit::http {
namespace {

/// What a link leads to that the asker may not read is as good as nowhere.
bool may_follow(const Exchange& exchange, const store::Resolved& found) {
    const auto caller = exchange.caller();
    return !found.failure && (!found.leads_to || caller.may_read(*found.leads_to)) &&
           std::ranges::all_of(found.links, [&](const auto& link) { return caller.may_read(link); });
}

/// What a tag names in another export can hold no condition here, as what it names on another server.
void settle_tags(const Exchange& exchange, IfHeader& header) {
    for (auto& list : header.lists) {
        if (!list.tag || !list.tag->path) continue;
        auto path = exchange.mapping.to_tree(*list.tag->path);
        const auto& known = exchange.tagged_paths;
        const auto found = path ? std::ranges::find(known, *path, &Exchange::NamedPath::asked) : known.end();
        if (found != known.end()) path = may_follow(exchange, found->is) ? std::optional(found->is.path) : std::nullopt;
        list.tag->path = std::move(path);
    }
}

/// Once names have got the spelling of the folder.
bool tags_fit(const IfHeader& header) {
    return std::ranges::all_of(header.lists,
                               [](const auto& list) { return !list.tag || !list.tag->path || list.tag->path->fits(); });
}

std::optional<engine::EntityTagList> tags(const std::string& text) {
    auto parsed = headers::parse_entity_tags(text);
    if (!parsed) return std::nullopt;
    return engine::EntityTagList{parsed->any, std::move(parsed->tags)};
}

bool has_conditions(const Exchange& exchange) {
    constexpr std::array fields{Field::if_, Field::if_match, Field::if_none_match, Field::if_modified_since,
                                Field::if_unmodified_since};
    return std::ranges::any_of(fields, [&](Field field) { return exchange.has(field); });
}

}  // namespace

Result<engine::Preconditions> decode_preconditions(const Exchange& exchange) {
    engine::Preconditions decoded;
    if (exchange.has(Field::if_)) {
        auto parsed = in_field(
            "If", headers::parse_if(exchange.joined(Field::if_), exchange.address(), exchange.field(Field::host)));
        if (!parsed) return std::unexpected(std::move(parsed.error()));
        decoded.if_header = std::move(*parsed);
        settle_tags(exchange, *decoded.if_header);
    }
    if (exchange.has(Field::if_match)) {
        decoded.if_match = tags(exchange.joined(Field::if_match));
        if (!decoded.if_match) decoded.if_match.emplace();  // the safe side: nothing matches
    }
    if (exchange.has(Field::if_none_match)) decoded.if_none_match = tags(exchange.joined(Field::if_none_match));
    // An invalid date is ignored (RFC 9110, 13.1.3 and 13.1.4).
    if (exchange.has(Field::if_modified_since))
        decoded.if_modified_since = headers::parse_http_date(exchange.field(Field::if_modified_since));
    if (exchange.has(Field::if_unmodified_since))
        decoded.if_unmodified_since = headers::parse_http_date(exchange.field(Field::if_unmodified_since));
    return decoded;
}

Result<engine::Target> decode_target(const Exchange& exchange) {
    engine::Target target{exchange.path, {}, exchange.caller(), exchange.link_target, exchange.target_has_slash()};
    if (!has_conditions(exchange)) return target;
    if (exchange.known_head) target.preconditions = exchange.known_head->preconditions;
    if (target.preconditions) return target;
    auto decoded = decode_preconditions(exchange);
    if (!decoded) return std::unexpected(std::move(decoded.error()));
    if (decoded->if_header && !tags_fit(*decoded->if_header))
        return fail(FailureCode::bad_path, "If: " + std::string(explain(PathError::too_long)));
    target.preconditions = std::make_shared<const engine::Preconditions>(std::move(*decoded));
    // An If header may speak of other resources, whose names depend on who asks and where.
    if (exchange.known_head && !target.if_header()) exchange.known_head->preconditions = target.preconditions;
    return target;
}

Result<Depth> decode_depth(const Exchange& exchange, Depth absent) {
    if (!exchange.has(Field::depth)) return absent;
    return in_field("Depth", headers::parse_depth(exchange.field(Field::depth)));
}

Result<headers::PropfindDepth> decode_propfind_depth(const Exchange& exchange) {
    if (!exchange.has(Field::depth)) return headers::PropfindDepth{Depth::infinity};
    return in_field("Depth", headers::parse_propfind_depth(exchange.field(Field::depth)));
}

Result<bool> decode_overwrite(const Exchange& exchange) {
    if (!exchange.has(Field::overwrite)) return true;
    return in_field("Overwrite", headers::parse_overwrite(exchange.field(Field::overwrite)));
}

Result<ResourcePath> decode_destination_url(const Exchange& exchange) {
    if (!exchange.has(Field::destination))
        return fail(FailureCode::missing_header, "Destination: the header is missing.");
    return in_field("Destination", headers::parse_reference(exchange.field(Field::destination), exchange.address(),
                                                            exchange.field(Field::host)));
}

Result<ResourcePath> decode_destination(const Exchange& exchange) {
    auto named = decode_destination_as_named(exchange);
    if (!named) return named;
    auto path = exchange.canonical(*named);
    if (!path.fits()) return fail(FailureCode::bad_path, "Destination: " + std::string(explain(PathError::too_long)));
    return path;
}

Result<ResourcePath> decode_destination_as_named(const Exchange& exchange) {
    const auto url = decode_destination_url(exchange);
    if (!url) return url;
    auto path = exchange.mapping.to_tree(*url);
    if (!path && exchange.mapping.url.contains(*url))
        return fail(FailureCode::reserved_name, "Destination: " + std::string(explain(PathError::reserved)));
    const auto& exports = exchange.shared.exports;
    // Above the exports everything is "below the root": what belongs to an export does not belong there.
    const bool other = !path || (exchange.where == &exchange.shared.whole && !exports.empty());
    if (!other) return std::move(*path);
    return fail(
        FailureCode::between_exports,
        "Destination: it does not lie in the same export as the Request-URI; nothing is copied or moved between "
        "exports.");
}

headers::Preferences decode_preferences(const Exchange& exchange) {
    headers::Preferences wanted;
    if (exchange.has(Field::prefer)) wanted = headers::parse_prefer(exchange.joined(Field::prefer));
    const auto brief = exchange.custom("Brief");
    if (brief == "t" || brief == "T") wanted.minimal = true;
    return wanted;
}

Result<void> check_xml_media_type(const Exchange& exchange) {
    auto type = exchange.field(Field::content_type);
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    const boost::beast::string_view given(type.data(), type.size());
    using boost::beast::iequals;
    if (given.empty() || iequals(given, "text/xml") || iequals(given, "application/xml") ||
        (given.size() > 4 && iequals(given.substr(given.size() - 4), "+xml")))
        return {};
    return fail(FailureCode::unsupported_media,
                "The body must be XML (application/xml), not " + std::string(type) + ".");
}

}  // namespace davit::http
