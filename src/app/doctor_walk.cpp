#include "doctor_walk.hpp"

namespace davit::app {
Answer Walk::settle(std::expected<Answer, std::string> answer) {
    if (!answer) return {0, {}, std::move(answer.error())};
    const auto product = answer->field("Server");
    const auto name = product.substr(0, product.find_first_of("/ "));
    if (!name.empty() && name != "davit") proxy_name_ = name;
    if (proxy_name_.empty() && !answer->field("Via").empty()) proxy_name_ = "a proxy";
    return std::move(*answer);
}

std::string Walk::proxy() const {
    if (!proxy_name_.empty()) return proxy_name_;
    if (!server.empty()) return server;
    return davit ? "Davit" : "the server";
}

std::string Walk::hop(const Answer& answer) const {
    const auto hop = hop_of(answer);
    // Other servers send an X-Request-Id too.
    return hop == "a proxy" || (hop == "Davit" && !davit) ? proxy() : hop;
}

namespace {

/// Remedies are written for nginx and Davit, "nginx: ...; Davit: ...". Without a proxy only Davit's part is left.
/// Another proxy has the same setting under another name.
std::string remedy_for(const std::string& remedy, const std::string& hop, const Walk& walk) {
    constexpr std::string_view nginx = "nginx: ";
    if (!remedy.starts_with(nginx) || walk.proxy() == "nginx" || hop == "nginx") return remedy;
    if (walk.proxied() || !walk.davit) return "what nginx calls: " + remedy.substr(nginx.size());
    const auto own = remedy.find("Davit: ");
    return own == remedy.npos ? "no proxy was seen: look into the log of Davit for this request" : remedy.substr(own);
}

}  // namespace

Answer Walk::ask_path(std::string_view method, std::string path, Fields fields, std::string body) {
    return settle(
        http::probe(target_.server, {std::string(method), std::move(path), std::move(fields), std::move(body), false}));
}

Answer Walk::ask(std::string_view method, std::string_view name, Fields fields, std::string body) {
    return ask_path(method, path(name), std::move(fields), std::move(body));
}

Answer Walk::ask_unknown(std::string_view method, std::string path, Fields fields) {
    auto without_login = target_.server;
    without_login.authorization.clear();
    return settle(http::probe(without_login, {std::string(method), std::move(path), std::move(fields)}));
}

Answer Walk::put_chunked(std::string_view name, std::string body) {
    return settle(http::probe(target_.server, {"PUT", path(name), {}, std::move(body), true}));
}

Answer Walk::put_half(std::string_view name, Fields fields, std::string half) {
    const auto size = half.size();
    return settle(http::probe(target_.server, {"PUT", path(name), std::move(fields), std::move(half), false, size}));
}

void Walk::found(std::string hop, std::string sentence, const std::string& remedy) {
    auto adapted = remedy_for(remedy, hop, *this);
    findings_.push_back({checks_.back(), std::move(hop), std::move(sentence), std::move(adapted)});
}

void Walk::advise(std::string hop, std::string sentence, const std::string& remedy) {
    auto adapted = remedy_for(remedy, hop, *this);
    findings_.push_back({checks_.back(), std::move(hop), std::move(sentence), std::move(adapted), true});
}

void Walk::refused(const std::string& what, const Answer& answer, const std::string& otherwise) {
    if (const auto* fault = login_fault(answer))
        return found(fault->of_proxy && proxied() ? proxy() : "Davit", what + " was answered 403: " + fault->sentence,
                     fault->remedy);
    const auto hop = this->hop(answer);
    std::string sentence = what + " was answered " + std::to_string(answer.status) + " by " + hop;
    if (answer.status == 0) sentence = what + " got no answer: " + answer.body;
    if (const auto code = code_of(answer); !code.empty()) sentence += " (" + code + ")";
    if (answer.status == 400 && hop != "Davit")
        if (const auto said = said_in(answer); !said.empty()) sentence += ", which says: " + said;
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
