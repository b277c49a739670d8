// Checks a server other than Davit by RFC 4918, RFC 9110 and the needs of clients. Nothing here relies on Davit's
// behaviour.
#include <algorithm>
#include <array>

#include "doctor_walk.hpp"

namespace davit::app {
namespace {

constexpr const char* foreign_lock =
    R"(<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>)"
    R"(<owner>davit doctor</owner></lockinfo>)";
constexpr const char* foreign_update =
    R"(<?xml version="1.0"?><propertyupdate xmlns="DAV:"><set><prop><mark xmlns="urn:x-davit-doctor">kept</mark></prop></set></propertyupdate>)";
constexpr const char* foreign_find =
    R"(<?xml version="1.0"?><propfind xmlns="DAV:"><prop><mark xmlns="urn:x-davit-doctor"/></prop></propfind>)";

/// Adds a finding about another server: its name, the violation, and the rule.
void breaks(Walk& walk, const std::string& what, const std::string& rule) {
    walk.found(walk.proxy(), what, "a setting or a newer version of " + walk.proxy() + ": " + rule);
}
void falls_short(Walk& walk, const std::string& what, const std::string& effect) {
    walk.advise(walk.proxy(), what, "none, or another server: " + effect);
}

std::string answered(const std::string& what, const Answer& answer) {
    if (answer.status == 0) return what + " got no answer: " + answer.body + ".";
    const auto said = answer.status == 400 ? said_in(answer) : std::string();
    return what + " was answered " + std::to_string(answer.status) + (said.empty() ? "." : ": " + said);
}

/// Returns true when a file of this name exists.
bool put_file(Walk& walk, std::string_view name, const std::string& body = "x") {
    const auto put = walk.ask("PUT", name, {}, body);
    if (is_success(put)) return true;
    breaks(walk, answered("PUT of " + walk.path(name), put), "PUT makes a file (RFC 4918, 9.7.1)");
    return false;
}

void foreign_class(Walk& walk, const Answer& options) {
    const auto classes = options.field("DAV");
    if (classes.find('2') == classes.npos)
        falls_short(walk, "OPTIONS names no class 2 (DAV: " + classes + "): there are no locks.",
                    "Finder and Office mount such a server for reading only");
}

/// Returns false when further checks are pointless.
bool foreign_collection(Walk& walk) {
    const auto made = walk.ask("MKCOL", "");
    if (made.status == 201) return true;
    if (made.status == 401 || made.status == 403)
        walk.found(walk.proxy(), answered("MKCOL of " + walk.path(), made),
                   made.status == 401 ? "give the doctor a login that may write: --user NAME"
                                      : "let this user write there, unless the server is for reading only");
    else
        breaks(walk, answered("MKCOL of " + walk.path(), made), "MKCOL makes a folder (RFC 4918, 9.3)");
    return false;
}

void foreign_addresses(Walk& walk) {
    walk.ask("MKCOL", "member/");
    const auto members = walk.ask("PROPFIND", "", {{"Depth", "1"}});
    const auto hrefs = texts_of(members, "href");
    if (members.status != 207 || hrefs.size() != 2)
        return breaks(walk,
                      members.status == 207 ? "PROPFIND with Depth: 1 of a folder with one member shows " +
                                                  std::to_string(hrefs.size()) + " resources."
                                            : answered("PROPFIND", members),
                      "it shows the folder and each member (RFC 4918, 9.1)");
    const bool outside = std::ranges::none_of(hrefs, [&](const auto& href) { return href.ends_with(walk.path()); });
    if (outside)
        breaks(walk, "A listing of " + walk.path() + " does not name it; its first href is " + hrefs.front() + ".",
               "hrefs begin with the URL that was asked (RFC 4918, 8.3)");
}

void foreign_slashes(Walk& walk) {
    auto path = walk.path();
    path.pop_back();
    const auto answer = walk.ask_path("PROPFIND", path, {{"Depth", "0"}});
    if (answer.status >= 300 && answer.status < 400)
        falls_short(walk, "PROPFIND of a folder without its slash is redirected to " + answer.field("Location") + ".",
                    "some clients do not follow; RFC 4918, 5.2, allows it");
    else if (answer.status != 207)
        breaks(walk, answered("PROPFIND of " + path + ", a folder without its slash,", answer),
               "it is treated as the folder, or redirected (RFC 4918, 5.2)");
}

void foreign_bodies(Walk& walk) {
    const auto round = [&](const std::string& what, const Answer& put, std::string_view name, std::size_t size) {
        if (!is_success(put)) return breaks(walk, answered(what, put), "PUT makes a file (RFC 4918, 9.7.1)");
        const auto back = walk.ask("GET", name);
        if (back.status != 200 || back.body.size() != size)
            breaks(walk,
                   what + " went well, and GET then shows " + std::to_string(back.status) + " with " +
                       std::to_string(back.body.size()) + " bytes.",
                   "GET shows what was PUT");
    };
    const std::string body(2U << 20U, 'd');
    round("PUT of 2 MB", walk.ask("PUT", "large", {}, body), "large", body.size());
    const std::string chunks(100U << 10U, 'd');
    const auto put = walk.put_chunked("chunked", chunks);
    if (put.status == 411 || put.status == 501)
        return falls_short(walk, answered("PUT in chunks", put), "Finder and davfs2 send chunks");
    round("PUT in chunks", put, "chunked", chunks.size());
}

void foreign_etags(Walk& walk) {
    if (!put_file(walk, "tagged")) return;
    const auto tag = walk.ask("GET", "tagged").field("ETag");
    if (tag.empty() || tag.starts_with("W/"))
        falls_short(walk, tag.empty() ? "GET shows no ETag." : "GET shows a weak ETag, " + tag + ".",
                    "clients cannot guard an upload with If-Match (RFC 9110, 13.1.1)");
}

void foreign_names(Walk& walk) {
    std::string lost;
    for (const std::string name : {"a%20b", "100%25", "a%23b", "a+b", "%C3%BC", "a%26b"})
        if (!is_success(walk.ask("PUT", name, {}, name)) || walk.ask("GET", name).body != name)
            lost += (lost.empty() ? "" : ", ") + name;
    if (!lost.empty()) breaks(walk, "Files of these names do not come back: " + lost + ".", "names are decoded once");
}

void foreign_move(Walk& walk) {
    if (!put_file(walk, "to-move")) return;
    const auto moved = walk.ask("MOVE", "to-move", {{"Destination", walk.url("moved")}});
    if (!is_success(moved) || walk.ask("GET", "moved").status != 200)
        return breaks(walk, answered("MOVE to " + walk.url("moved"), moved),
                      "MOVE takes the URL of Destination (RFC 4918, 9.9)");
    const auto copied = walk.ask("COPY", "moved", {{"Destination", walk.path("copied")}});
    if (!is_success(copied)) {
        falls_short(walk, answered("COPY with a path as Destination", copied),
                    "RFC 4918, 10.3, allows a path, and few clients send one");
        if (!put_file(walk, "copied")) return;
    }
    const auto kept = walk.ask("COPY", "moved", {{"Destination", walk.url("copied")}, {"Overwrite", "F"}});
    if (kept.status != 412)
        breaks(walk, answered("COPY with Overwrite: F onto a file", kept), "it is 412 (RFC 4918, 10.6)");
}

void foreign_conditions(Walk& walk) {
    if (!put_file(walk, "conditional")) return;
    const auto match = walk.ask("PUT", "conditional", {{"If-Match", "\"davit-doctor\""}}, "y");
    if (match.status != 412)
        breaks(walk, answered("PUT with another file's If-Match", match), "it is 412 (RFC 9110, 13.1.1)");
    const auto none = walk.ask("PUT", "conditional", {{"If-None-Match", "*"}}, "y");
    if (none.status != 412)
        breaks(walk, answered("PUT with If-None-Match: * onto a file", none), "it is 412 (RFC 9110, 13.1.2)");
}

void foreign_properties(Walk& walk) {
    if (!put_file(walk, "marked")) return;
    const auto set = walk.ask("PROPPATCH", "marked", {{"Content-Type", "application/xml"}}, foreign_update);
    const auto got =
        walk.ask("PROPFIND", "marked", {{"Depth", "0"}, {"Content-Type", "application/xml"}}, foreign_find);
    if (!is_success(set))
        breaks(walk, answered("PROPPATCH", set), "its answer is 207 (RFC 4918, 9.2)");
    else if (got.body.find("kept") == got.body.npos)
        falls_short(walk, "A property that was set is not kept.", "Windows and sync clients keep times and marks so");
    else if (set.status != 207)
        falls_short(walk, answered("PROPPATCH", set), "RFC 4918, 9.2, has 207 with a status for each property");
}

void foreign_locks(Walk& walk) {
    if (!put_file(walk, "locked")) return;
    const auto lock =
        walk.ask("LOCK", "locked", {{"Timeout", "Second-120"}, {"Content-Type", "application/xml"}}, foreign_lock);
    const auto token = lock.field("Lock-Token");
    if (!is_success(lock) || token.empty())
        return breaks(walk, answered("LOCK", lock) + (token.empty() ? " There is no Lock-Token." : ""),
                      "LOCK answers 200 with Lock-Token (RFC 4918, 9.10)");
    walk.held = token;
    if (const auto without = walk.ask("PUT", "locked", {}, "y"); without.status != 423)
        breaks(walk, answered("PUT onto a locked file, without its token,", without), "it is 423 (RFC 4918, 7)");
    if (const auto with = walk.ask("PUT", "locked", {{"If", "(" + token + ")"}}, "z"); !is_success(with))
        breaks(walk, answered("PUT onto a locked file, with its token in If,", with), "it goes through (RFC 4918, 7)");
    const auto unlocked = walk.ask("UNLOCK", "locked", {{"Lock-Token", token}});
    if (is_success(unlocked))
        walk.held.clear();
    else
        breaks(walk, answered("UNLOCK", unlocked), "it answers 204 (RFC 4918, 9.11)");
}

void foreign_clean_up(Walk& walk) {
    Fields fields;
    if (!walk.held.empty()) fields.emplace_back("If", "<" + walk.url("locked") + "> (" + walk.held + ")");
    const auto removed = walk.ask("DELETE", "", std::move(fields));
    if (!is_success(removed))
        breaks(walk, answered("DELETE of " + walk.path(), removed), "DELETE removes a folder (RFC 4918, 9.6.1)");
}

struct ForeignCheck {
    const char* name;
    void (*made)(Walk&);
};
constexpr std::array foreign_checks{
    ForeignCheck{"addresses", foreign_addresses},   ForeignCheck{"slashes", foreign_slashes},
    ForeignCheck{"bodies", foreign_bodies},         ForeignCheck{"etags", foreign_etags},
    ForeignCheck{"names", foreign_names},           ForeignCheck{"move", foreign_move},
    ForeignCheck{"conditions", foreign_conditions}, ForeignCheck{"properties", foreign_properties},
};

}  // namespace

void judge_foreign(Walk& walk, const Answer& options) {
    walk.begin("class");
    foreign_class(walk, options);
    walk.begin("collection");
    if (!foreign_collection(walk)) return;
    for (const auto& check : foreign_checks) {
        walk.begin(check.name);
        check.made(walk);
    }
    if (options.field("DAV").find('2') != std::string::npos) {
        walk.begin("locks");
        foreign_locks(walk);
    }
    walk.begin("clean-up");
    foreign_clean_up(walk);
}

}  // namespace davit::app
