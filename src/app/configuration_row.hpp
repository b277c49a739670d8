#pragma once
// A configuration key: its type, its target, and the kinds of values.
#include <functional>
#include <map>

#include <toml++/toml.h>

#include "davit/app/configuration.hpp"
#include "davit/app/units.hpp"

namespace davit::app {

/// Stores a value in the configuration. The error says what is allowed.
using Setter = std::function<std::expected<void, std::string>(const toml::node&, Configuration&)>;

/// A key. Its value takes effect when the server starts, unless it is `live`.
struct Row {
    Setter set;
    std::function<bool(const Configuration&, const Configuration&)> same;
    std::function<void(const Configuration& from, Configuration& to)> copy;
    bool live = false;  ///< SIGHUP applies it
};

template <typename Place>
Row row(Place place, Setter set) {
    return {std::move(set), [=](const auto& a, const auto& b) { return place(a) == place(b); },
            [=](const auto& from, auto& to) { place(to) = place(from); }};
}

inline Row live(Row row) {
    row.live = true;
    return row;
}

inline std::unexpected<std::string> expected(std::string what) {
    return std::unexpected("expected " + std::move(what));
}

template <typename Place>
Row flag(Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<bool>();
        if (!value) return expected("true or false");
        place(configuration) = *value;
        return {};
    });
}

template <typename Place>
Row text(Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::string>();
        if (!value) return expected("a string");
        place(configuration) = *value;
        return {};
    });
}

template <typename Place>
Row number(std::int64_t least, std::int64_t most, Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < least || *value > most)
            return expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        auto& into = place(configuration);
        into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
        return {};
    });
}

template <typename Place>
Row size(std::uint64_t least, Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::string>();
        const auto bytes = value ? parse_size(*value) : std::nullopt;
        if (!bytes || *bytes < least)
            return expected("a size such as \"64KiB\" or \"2GiB\", at least " + std::to_string(least) + " bytes");
        auto& into = place(configuration);
        into = static_cast<std::remove_reference_t<decltype(into)>>(*bytes);
        return {};
    });
}

template <typename Place>
Row duration(Place place, std::chrono::seconds least = std::chrono::seconds(1)) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::string>();
        const auto seconds = value ? parse_duration(*value) : std::nullopt;
        if (!seconds || *seconds < least)
            return expected("a duration such as \"20s\", \"5min\", \"1h\" or \"1d\", at least " +
                            std::to_string(least.count()) + "s");
        place(configuration) = *seconds;
        return {};
    });
}

template <typename Place, typename Value>
Row choice(const std::map<std::string, Value>& values, Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::string>();
        const auto found = value ? values.find(*value) : values.end();
        if (found != values.end()) {
            place(configuration) = found->second;
            return {};
        }
        std::string names;
        for (const auto& [name, ignored] : values) ((names += names.empty() ? "\"" : ", \"") += name) += '"';
        return expected("one of " + names);
    });
}

/// An array of strings, or one string.
std::expected<std::vector<std::string>, std::string> strings(const toml::node& node);

template <typename Place>
Row endpoints(Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto texts = strings(node);
        if (!texts) return std::unexpected(texts.error());
        place(configuration).clear();
        for (const auto& each : *texts) {
            auto endpoint = parse_endpoint(each);
            if (!endpoint) return std::unexpected(endpoint.error());
            place(configuration).push_back(std::move(*endpoint));
        }
        return {};
    });
}

}  // namespace davit::app
