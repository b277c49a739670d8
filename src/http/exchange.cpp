#include "davit/http/exchange.hpp"

#include <algorithm>

namespace davit::http {

Exchange::Exchange(Shared& shared_state, const Settings& current, const Parser& parser, RequestBody& request_body,
                   const std::string& peer_address)
    : shared(shared_state),
      settings(current),
      head(parser.get()),
      body(request_body),
      peer(peer_address),
      client(peer_address),
      where(&shared.whole) {
    for (const auto& field : head) {
        const auto number = static_cast<std::size_t>(field.name());
        repeated_[number] = present_[number];
        present_.set(number);
    }
}

std::string Exchange::joined(Field name) const {
    std::string all;
    for (const auto& field : head) {
        if (field.name() != name) continue;
        if (!all.empty()) all += ", ";
        all += view(field.value());
    }
    return all;
}

std::string Exchange::joined(std::string_view name) const {
    std::string all;
    const auto [first, last] = head.equal_range(boost::beast::string_view(name.data(), name.size()));
    for (auto field = first; field != last; ++field) {
        if (!all.empty()) all += ", ";
        all += view(field->value());
    }
    return all;
}

bool Exchange::target_has_slash() const {
    return WrittenPath::names_collection(target().substr(0, target().find('?')));
}

engine::Caller Exchange::caller() const {
    return {identity ? std::string_view(identity->name) : std::string_view(),
            field(Field::user_agent),
            request_id,
            access_ ? &*access_ : nullptr,
            &mapping,
            passed_links};
}

const engine::AccessView* Exchange::restrict() {
    auto rules = shared.rules.get();
    if (!rules) return nullptr;
    access_.emplace(std::move(rules), identity, asked_path(), mapping);
    return &*access_;
}

void Exchange::look_above(const ResourcePath& resource) {
    auto known = address();
    if (!known.stripped) known.kept = known.base_path;
    above_ = std::make_unique<AboveBase>(ResourcePath::parse(known.kept).value_or(resource), settings.services);
    // What a proxy takes off stays before every href.
    known.base_path.resize(known.base_path.size() - known.kept.size());
    known.kept.clear();
    known.stripped = true;
    own_address_ = std::move(known);
}

const store::Resolved* Exchange::resolved(const ResourcePath& named) const {
    const auto found = std::ranges::find(named_paths, named, &NamedPath::asked);
    return found == named_paths.end() ? nullptr : &found->is;
}

const ResourcePath& Exchange::canonical(const ResourcePath& named) const {
    const auto* found = resolved(named);
    return found ? found->path : named;
}

const ResourcePath& Exchange::shown_path() const {
    const auto* found = path_as_asked ? resolved(*path_as_asked) : nullptr;
    return found && !found->links.empty() ? *path_as_asked : path;
}

std::optional<RequestedPath> Exchange::requested_path() const {
    auto written = target() == "*" ? std::nullopt : headers::written_target(target(), address());
    if (!written) return std::nullopt;
    RequestedPath named{std::move(*written), 0, mapping.to_url(asked_path()), path};
    const auto depth = named.written.depth();
    // A target that was refused has no path that could be shown.
    if (depth < named.url.depth()) return std::nullopt;
    named.prefix_depth = depth - named.url.depth();
    if (!headers::is_same_path(named.written.first(named.prefix_depth), address().base_path)) return std::nullopt;
    return named;
}

std::optional<RequestedPath> Exchange::requested_destination() const {
    const auto verb = head.method();
    if ((verb != beast_http::verb::copy && verb != beast_http::verb::move) || !has(Field::destination))
        return std::nullopt;
    const auto text = field(Field::destination);
    auto url = headers::parse_reference(text, address(), field(Field::host));
    auto written = url ? headers::written_reference(text, address()) : std::nullopt;
    const auto resource = written ? mapping.to_tree(*url) : std::nullopt;
    if (!resource) return std::nullopt;
    const auto prefix_depth = written->path.depth() - url->depth();
    return RequestedPath{std::move(written->path), prefix_depth, std::move(*url), canonical(*resource)};
}

Hrefs Exchange::hrefs() const {
    std::vector<RequestedPath> named;
    if (auto own = requested_path()) {
        named.push_back(std::move(*own));
        if (auto destination = requested_destination()) named.push_back(std::move(*destination));
    }
    return {mapping, address().base_path, std::move(named)};
}

xml::BodyContext Exchange::body_context() const {
    auto maker = std::make_shared<const Hrefs>(hrefs());
    return {[maker](std::string& out, const ResourcePath& resource, bool collection) {
                maker->append(out, resource, collection);
            },
            request_id, maker->base(),
            [maker](std::string& out, const ActiveLock& lock) { maker->append_lock_root(out, lock); }};
}

void add_content_location(const Exchange& exchange, Reply& reply, bool collection) {
    if (collection && !exchange.target_has_slash()) reply.add("Content-Location", exchange.href(exchange.path, true));
}

void Reply::add(std::string_view name, std::string_view value) {
    fields += name;
    fields += ": ";
    fields += value;
    fields += "\r\n";
}

}  // namespace davit::http
