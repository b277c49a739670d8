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
    access_.emplace(std::move(rules), identity, path, mapping);
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

const ResourcePath& Exchange::spelled(const ResourcePath& named) const {
    const auto found = std::ranges::find(spellings, named, [](const auto& each) -> auto& { return each.first; });
    return found == spellings.end() ? named : found->second;
}

ResourcePath Exchange::as_asked(const ResourcePath& resource) const {
    if (resource == path) return *path_as_asked;
    if (!path.contains(resource)) return resource;
    return path_as_asked->child(std::string_view(resource.str()).substr(path.str().size() + 1));
}

std::string Exchange::href(const ResourcePath& resource, bool collection) const {
    auto href = address().base_path;
    mapping.append_href(href, path_as_asked ? as_asked(resource) : resource, collection);
    return href;
}

xml::BodyContext Exchange::body_context() const {
    return {[this](std::string& out, const ResourcePath& resource, bool collection) {
                out += address().base_path;
                if (path_as_asked)
                    mapping.append_href(out, as_asked(resource), collection);
                else
                    mapping.append_href(out, resource, collection);
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
