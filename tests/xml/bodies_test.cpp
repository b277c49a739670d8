#include "davit/xml/bodies.hpp"

#include <gtest/gtest.h>

#include "davit/xml/writer.hpp"

namespace davit::xml {
namespace {

std::string update(const std::string& inner) {
    return "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:Z=\"urn:z\">" + inner + "</D:propertyupdate>";
}

TEST(Propfind, ReadsAllpropPropnamePropAndInclude) {
    EXPECT_EQ(parse_propfind("").value().kind, PropfindKind::allprop);
    EXPECT_EQ(parse_propfind("<propfind xmlns='DAV:'><propname/></propfind>")->kind, PropfindKind::propname);
    const auto prop =
        parse_propfind("<propfind xmlns='DAV:'><prop><a/><b xmlns='urn:x'/><a/><c xmlns=''/></prop></propfind>")
            .value();
    EXPECT_EQ(prop.names, (std::vector<PropertyName>{{"DAV:", "a"}, {"urn:x", "b"}, {"", "c"}}));
    const auto all = parse_propfind("<propfind xmlns='DAV:'><allprop/><include><q/></include></propfind>").value();
    EXPECT_EQ(all.kind, PropfindKind::allprop);
    EXPECT_EQ(all.names.size(), 1U);
}

TEST(Propertyupdate, InstructionsKeepTheirDocumentOrder) {
    const auto parsed = parse_propertyupdate(
        update("<D:set><D:prop><Z:a>1</Z:a></D:prop></D:set><D:remove><D:prop><Z:b/></D:prop></D:remove>"
               "<D:set><D:prop><Z:c/></D:prop></D:set>"));
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->size(), 3U);
    EXPECT_EQ(subject((*parsed)[0]).local, "a");
    EXPECT_TRUE(std::holds_alternative<RemoveProperty>((*parsed)[1]));
    EXPECT_EQ(subject((*parsed)[2]).local, "c");
    EXPECT_EQ(std::get<SetProperty>((*parsed)[0]).text, "1");
}

TEST(Propertyupdate, ValuesAreSelfContained) {
    const auto parsed =
        parse_propertyupdate(update("<D:set xml:lang='de'><D:prop><Z:a><D:x/><q Z:r='1'/></Z:a></D:prop></D:set>"));
    ASSERT_TRUE(parsed);
    const auto& set = std::get<SetProperty>(parsed->front());
    EXPECT_TRUE(set.has_elements);
    // It can be put into any document and read again, with the same meaning.
    const auto again = parse_propertyupdate("<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop>" + set.property.xml +
                                            "</D:prop></D:set></D:propertyupdate>");
    ASSERT_TRUE(again) << set.property.xml;
    EXPECT_EQ(subject(again->front()), subject(parsed->front()));
    EXPECT_EQ(std::get<SetProperty>(again->front()).property.xml, set.property.xml);
    EXPECT_NE(set.property.xml.find("xml:lang=\"de\""), std::string::npos);
}

TEST(Bodies, WhatIsNotXmlIsRefusedEverywhere) {
    const auto long_name = std::string(300, 'n');
    for (const std::string text : {"<",
                                   "<a",
                                   "<a>",
                                   "<a></b>",
                                   "<a b='1' b='2'/>",
                                   "<a>&x;</a>",
                                   "<a>&#0;</a>",
                                   "<a>&#xD800;</a>",
                                   "<a>\x01</a>",
                                   "<a>\xff</a>",
                                   "<!DOCTYPE a><a/>",
                                   "<x:a/>",
                                   "<a x:b=''/>",
                                   "<a xmlns:x=''/>",
                                   "<a/><b/>",
                                   "text",
                                   "<a>]]></a>",
                                   "<a b='<'/>",
                                   "<?xml version='1.0'?><?xml version='1.0'?><a/>",
                                   "<a><!-- -- --></a>",
                                   "<a xmlns:p='u' xmlns:q='u' p:z='' q:z=''/>",
                                   "<1/>",
                                   "<a>&#65536000;</a>",
                                   "<a xmlns:xmlns='u'/>",
                                   "<-a/>"}) {
        EXPECT_FALSE(parse_propfind(text)) << text;
        EXPECT_FALSE(parse_propertyupdate(text)) << text;
        EXPECT_FALSE(parse_lockinfo(text)) << text;
        EXPECT_FALSE(parse_mkcol(text)) << text;
    }
}

TEST(Bodies, BodiesBeyondTheLimitsOfDepthAndNamesAreRefused) {
    std::string deep;
    for (int i = 0; i < 200; ++i) deep += "<a>";
    for (int i = 0; i < 200; ++i) deep += "</a>";
    EXPECT_FALSE(parse_propfind("<D:propfind xmlns:D='DAV:'><D:prop>" + deep + "</D:prop></D:propfind>"));
    EXPECT_TRUE(
        parse_propfind("<D:propfind xmlns:D='DAV:'><D:prop>" + deep + "</D:prop></D:propfind>", {.depth = 1000}));
    EXPECT_FALSE(
        parse_propfind("<D:propfind xmlns:D='DAV:'><D:prop><D:a/><D:b/></D:prop></D:propfind>", {.asked_names = 1}));
}

TEST(Lockinfo, NeedsALockTypeAndOneScope) {
    const auto parsed = parse_lockinfo(
        "<lockinfo "
        "xmlns='DAV:'><locktype><write/></locktype><lockscope><shared/></lockscope><owner>me</owner></lockinfo>");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->scope, LockScope::shared);
    EXPECT_NE(parsed->owner_xml.find("me"), std::string::npos);
    EXPECT_FALSE(parse_lockinfo("<lockinfo xmlns='DAV:'><locktype><write/></locktype></lockinfo>"));
    EXPECT_FALSE(parse_lockinfo(""));
    const std::string both =
        "<lockinfo xmlns='DAV:'><lockscope><exclusive/><shared/></lockscope><locktype><write/></locktype></lockinfo>";
    EXPECT_EQ(parse_lockinfo(both).error().code, FailureCode::bad_xml);
}

TEST(Mkcol, ReadsAnExtendedMkcolAndRefusesOtherRoots) {
    const auto parsed =
        parse_mkcol("<mkcol xmlns='DAV:'><set><prop><resourcetype><collection/></resourcetype></prop></set></mkcol>");
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(std::get<SetProperty>(parsed->front()).names_collection);
    EXPECT_EQ(parse_mkcol("<x/>").error().code, FailureCode::unsupported_media);
}

TEST(Writer, EscapesWhatClientsSent) {
    std::string out;
    append_escaped_text(out, "<&>\x01]]>");
    EXPECT_EQ(out, "&lt;&amp;&gt;\xEF\xBF\xBD]]&gt;");
    out.clear();
    append_escaped_attribute(out, "\"'<&\n\t");
    EXPECT_EQ(out.find_first_of("\"<\n\t"), std::string::npos);
}

TEST(Writer, ADependentNamesItsCause) {
    const BodyContext context{
        [](std::string& text, const ResourcePath& path, bool collection) { path.append_href(text, collection); },
        "id-1"};
    const auto path = ResourcePath::parse("/f").value();
    const MultiStatus body(
        {{path, false,
          std::vector<PropStat>{
              {{{"DAV:", "getetag"}}, Failure{FailureCode::protected_property, "getetag is <protected>", {}}},
              {{{"urn:z", "a"}},
               Cause{path, false, PropertyName{"DAV:", "getetag"}, FailureCode::protected_property, 1}}}}});
    std::string out;
    append_multistatus(out, body, context);
    for (const auto* part :
         {"HTTP/1.1 403 Forbidden", "HTTP/1.1 424 Failed Dependency", "<D:cannot-modify-protected-property/>",
          "property=\"getetag\"", "code=\"protected-property\"", "index=\"1\"", "request-id=\"id-1\"",
          "getetag is &lt;protected&gt;", "changed=\"none\""})
        EXPECT_NE(out.find(part), std::string::npos) << part << "\n" << out;
    EXPECT_LT(out.find(" 403 "), out.find(" 424 "));
}

}  // namespace
}  // namespace davit::xml
