// Writes properties and their live values.
#include <algorithm>

#include "davit/core/http_date.hpp"
#include "failure_writer.hpp"

namespace davit::xml {
namespace {

/// Opens the element of a property in its namespace and closes it again.
class Element {
public:
    Element(std::string& out, const PropertyName& name) : out_(out), name_(name) {
        out_ += '<';
        append_name();
        if (name_.ns.empty()) {
            out_ += " xmlns=\"\"";
        } else if (!dav() && !of_xml()) {
            out_ += " xmlns:x=\"";
            append_escaped_attribute(out_, name_.ns);
            out_ += '"';
        }
    }
    void empty() { out_ += "/>"; }
    void open() { out_ += '>'; }
    void close() {
        out_ += "</";
        append_name();
        out_ += '>';
    }

private:
    bool dav() const { return name_.ns == dav_namespace; }
    /// True for the namespace of "xml", which is bound to this prefix and to nothing else (Namespaces in XML 1.0, 3).
    bool of_xml() const { return name_.ns == "http://www.w3.org/XML/1998/namespace"; }
    void append_name() {
        if (!name_.ns.empty()) out_ += dav() ? "D:" : of_xml() ? "xml:" : "x:";
        out_ += name_.local;
    }
    std::string& out_;
    const PropertyName& name_;
};

void append_lock_root(std::string& out, const ActiveLock& lock, const BodyContext& context) {
    if (!context.lock_root) return append_href(out, lock.root, lock.root_is_collection, context);
    out += "<D:href>";
    const auto begin = out.size();
    context.lock_root(out, lock);
    escape_href(out, begin);
    out += "</D:href>";
}

void append_lock(std::string& out, const ActiveLock& lock, std::chrono::system_clock::time_point now,
                 const BodyContext& context) {
    using namespace std::chrono;
    out += "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope>";
    out += lock.scope == LockScope::exclusive ? "<D:exclusive/>" : "<D:shared/>";
    out += "</D:lockscope><D:depth>";
    out += lock.depth == Depth::infinity ? "infinity" : "0";
    out += "</D:depth>";
    out += lock.owner_xml;
    out += "<D:timeout>Second-";
    append_number(out,
                  static_cast<std::uint64_t>(std::max<std::int64_t>(0, ceil<seconds>(lock.expires - now).count())));
    out += "</D:timeout><D:locktoken><D:href>";
    append_escaped_text(out, lock.token);
    out += "</D:href></D:locktoken><D:lockroot>";
    append_lock_root(out, lock, context);
    out += "</D:lockroot></D:activelock>";
}

struct ValueWriter {
    std::string& out;
    const BodyContext& context;

    void operator()(const Absent&) const {}
    void operator()(std::uint64_t number) const { append_number(out, number); }
    void operator()(const std::string& text) const { append_escaped_text(out, text); }
    void operator()(const HttpDate& date) const { append_imf_fixdate(out, date.time); }
    void operator()(const Rfc3339Date& date) const { append_rfc3339(out, date.time); }
    void operator()(const ResourceType& type) const {
        if (type.collection) out += "<D:collection/>";
    }
    void operator()(const SupportedLock& supported) const {
        if (!supported.any) return;
        out +=
            "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
            "<D:lockentry><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>";
    }
    void operator()(const LockDiscovery& discovery) const {
        for (const auto& lock : discovery.locks) append_lock(out, *lock, discovery.now, context);
    }
    void operator()(const PrivilegeSet& set) const {
        for (const auto& privilege : set.privileges) ((out += "<D:privilege><D:") += privilege) += "/></D:privilege>";
    }
    void operator()(const CurrentPrincipal& principal) const {
        if (principal.name.empty()) {
            out += "<D:unauthenticated/>";
            return;
        }
        std::string href;
        context.principal_href(href, principal.name);
        out += "<D:href>";
        append_escaped_text(out, href);
        out += "</D:href>";
    }
    /// The elements are in ownCloud's namespace like the property itself, so its prefix is declared.
    void operator()(const Checksums& checksums) const {
        out += "<x:checksum>";
        append_escaped_text(out, checksums.text);
        out += "</x:checksum>";
    }
};

bool is_empty(const LiveValue& value) {
    if (const auto* type = std::get_if<ResourceType>(&value)) return !type->collection;
    if (const auto* discovery = std::get_if<LockDiscovery>(&value)) return discovery->locks.empty();
    if (const auto* text = std::get_if<std::string>(&value)) return text->empty();
    if (const auto* set = std::get_if<PrivilegeSet>(&value)) return set->privileges.empty();
    return std::holds_alternative<Absent>(value);
}

}  // namespace

void append_property(std::string& out, const PropertyName& name, const LiveValue& value, const BodyContext& context) {
    Element element(out, name);
    if (is_empty(value)) {
        element.empty();
        return;
    }
    element.open();
    std::visit(ValueWriter{out, context}, value);
    element.close();
}

void append_property(std::string& out, const Property& property) {
    out += property.xml;
}

void append_empty_property(std::string& out, const PropertyName& name) {
    Element(out, name).empty();
}

void append_lock_answer(std::string& out, const ActiveLock& lock, std::chrono::system_clock::time_point now,
                        const BodyContext& context) {
    out += "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:prop xmlns:D=\"DAV:\"><D:lockdiscovery>";
    append_lock(out, lock, now, context);
    out += "</D:lockdiscovery></D:prop>";
}

}  // namespace davit::xml
