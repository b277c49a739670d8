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
    const auto path_part = target().substr(0, target().find('?'));
    return path_part.ends_with('/');
}

engine::Caller Exchange::caller() const {
    return {identity ? std::string_view(identity->name) : std::string_view(), field(Field::user_agent), request_id,
            access_ ? &*access_ : nullptr, &mapping};
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

ResourcePath Exchange::as_asked(const ResourcePath& resource) const {
    const NamedPath* nearest = nullptr;
    for (const auto& each : named_paths)
        if (!each.is.failure && each.is.path.contains(resource) &&
            (!nearest || nearest->is.path.depth() < each.is.path.depth()))
            nearest = &each;
    if (!nearest) return resource;
    const auto& above = nearest->is.path;
    if (resource == above) return nearest->asked;
    return nearest->asked.child(std::string_view(resource.str()).substr(above.is_root() ? 0 : above.str().size() + 1));
}

std::string Exchange::href(const ResourcePath& resource, bool collection) const {
    auto href = address().base_path;
    mapping.append_href(href, named_paths.empty() ? resource : as_asked(resource), collection);
    return href;
}

xml::BodyContext Exchange::body_context() const {
    return {[this](std::string& out, const ResourcePath& resource, bool collection) {
                out += address().base_path;
                if (named_paths.empty())
                    mapping.append_href(out, resource, collection);
                else
                    mapping.append_href(out, as_asked(resource), collection);
            },
            request_id, address().base_path};
}

void Reply::add(std::string_view name, std::string_view value) {
    fields += name;
    fields += ": ";
    fields += value;
    fields += "\r\n";
}

}  // namespace davit::http
