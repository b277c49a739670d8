#include "doctor_walk.hpp"

namespace davit::app {
Answer Walk::settle(std::expected<Answer, std::string> answer) {
    if (!answer) return {0, {}, std::move(answer.error())};
    const auto server = answer->field("Server");
    if (const auto name = server.substr(0, server.find_first_of("/ ")); !name.empty() && name != "davit") proxy_ = name;
    return std::move(*answer);
}

Answer Walk::ask_path(std::string_view method, std::string path, Fields fields, std::string body) {
    return settle(
        http::probe(target_.server, {std::string(method), std::move(path), std::move(fields), std::move(body), false}));
}

Answer Walk::ask(std::string_view method, std::string_view name, Fields fields, std::string body) {
    return ask_path(method, path(name), std::move(fields), std::move(body));
}

Answer Walk::ask_unknown(std::string_view method, std::string path, Fields fields) {
    auto server = target_.server;
    server.authorization.clear();
    return settle(http::probe(server, {std::string(method), std::move(path), std::move(fields)}));
}

Answer Walk::put_chunked(std::string_view name, std::string body) {
    return settle(http::probe(target_.server, {"PUT", path(name), {}, std::move(body), true}));
}

Answer Walk::put_half(std::string_view name, Fields fields, std::string half) {
    const auto size = half.size();
    return settle(http::probe(target_.server, {"PUT", path(name), std::move(fields), std::move(half), false, size}));
}

void Walk::found(std::string hop, std::string sentence, std::string remedy) {
    findings_.push_back({checks_.back(), std::move(hop), std::move(sentence), std::move(remedy)});
}

void Walk::advise(std::string hop, std::string sentence, std::string remedy) {
    findings_.push_back({checks_.back(), std::move(hop), std::move(sentence), std::move(remedy), true});
}

void Walk::refused(const std::string& what, const Answer& answer, const std::string& otherwise) {
    if (const auto* fault = login_fault(answer))
        return found(fault->of_proxy ? proxy_ : "Davit", what + " was answered 403: " + fault->sentence, fault->remedy);
    auto hop = hop_of(answer);
    if (hop == "a proxy") hop = proxy_;
    std::string sentence = what + " was answered " + std::to_string(answer.status) + " by " + hop;
    if (answer.status == 0) sentence = what + " got no answer: " + answer.body;
    if (const auto code = code_of(answer); !code.empty()) sentence += " (" + code + ")";
    auto remedy = usual_remedy(answer);
    if (remedy.empty()) remedy = otherwise;
    if (remedy.empty()) remedy = "look into the log of " + hop + " for this request";
    found(hop, sentence + ".", remedy);
}

std::string hop_of(const Answer& answer) {
    if (answer.body.find("urn:davit:error") != std::string::npos || answer.field("Server") == "davit") return "Davit";
    if (answer.body.find("<center>nginx") != std::string::npos) return "nginx";
    if (!answer.field("X-Request-Id").empty()) return "Davit";
    return answer.field("Server").starts_with("nginx") ? "nginx" : "a proxy";
}

std::string code_of(const Answer& answer) {
    constexpr std::string_view before = " code=\"";
    const auto at = answer.body.find(before);
    if (answer.body.find("urn:davit:error") == std::string::npos || at == std::string::npos) return {};
    const auto begin = at + before.size();
    return answer.body.substr(begin, answer.body.find('"', begin) - begin);
}

std::vector<std::string> texts_of(const Answer& answer, std::string_view element) {
    std::vector<std::string> texts;
    const std::string_view body = answer.body;
    for (std::size_t at = body.find('<'); at != body.npos; at = body.find('<', at + 1)) {
        const auto end = body.find('>', at);
        if (end == body.npos) break;
        auto name = body.substr(at + 1, end - at - 1);
        if (const auto colon = name.find(':'); colon != name.npos) name.remove_prefix(colon + 1);
        if (name != element || body[at + 1] == '/') continue;
        texts.emplace_back(body.substr(end + 1, body.find('<', end) - end - 1));
    }
    return texts;
}

}  // namespace davit::app
