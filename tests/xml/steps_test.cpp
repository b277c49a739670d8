// What a body costs: n bytes take at most n log n steps, whatever shape a client gives them.
#include <gtest/gtest.h>

#include <functional>

#include "davit/xml/bodies.hpp"

namespace davit::xml {
namespace {

std::string repeat(std::size_t n, const std::function<std::string(std::size_t)>& piece) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += piece(i);
    return out;
}
std::string no(std::size_t i) {
    return std::to_string(i);
}
std::string propertyupdate(const std::string& properties, const std::string& attributes = "") {
    return "<D:propertyupdate xmlns:D='DAV:'" + attributes + "><D:set><D:prop>" + properties +
           "</D:prop></D:set></D:propertyupdate>";
}
std::string propfind(const std::string& names, const std::string& attributes = "") {
    return "<D:propfind xmlns:D='DAV:'" + attributes + "><D:prop>" + names + "</D:prop></D:propfind>";
}
std::string lockinfo(const std::string& owner) {
    return "<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>"
           "<D:owner>" +
           owner + "</D:owner></D:lockinfo>";
}

const std::string many_declarations = repeat(200, [](auto i) { return " xmlns:p" + no(i) + "='urn:" + no(i) + "'"; });

struct Shape {
    std::string name;
    std::function<std::string(std::size_t)> body;
};

const std::vector<Shape> shapes{
    {"properties that declare a prefix each",
     [](auto n) {
         return propertyupdate(repeat(n, [](auto i) { return "<p" + no(i) + ":a xmlns:p" + no(i) + "='urn:x'/>"; }));
     }},
    {"properties in a namespace each",
     [](auto n) { return propertyupdate(repeat(n, [](auto i) { return "<a xmlns='urn:" + no(i) + "'/>"; })); }},
    {"properties that use many inherited prefixes",
     [](auto n) {
         return propertyupdate(repeat(n, [](auto i) { return "<p" + no(i % 200) + ":a" + no(i) + "/>"; }),
                               many_declarations);
     }},
    {"texts that use many inherited prefixes",
     [](auto n) {
         return propertyupdate("<D:a>" + repeat(n, [](auto i) { return "p" + no(i % 200) + ":x "; }) + "</D:a>",
                               many_declarations);
     }},
    {"properties below elements with many attributes",
     [](auto n) {
         return propertyupdate(repeat(n, [](auto i) { return "<a" + no(i) + "/>"; }),
                               repeat(250, [](auto i) { return " a" + no(i) + "=''"; }));
     }},
    {"elements deep below many declarations",
     [](auto n) {
         return propertyupdate("<D:a>" + repeat(60, [](auto) { return "<b>"; }) +
                                   repeat(n, [](auto i) { return "<p" + no(i % 200) + ":c/>"; }) +
                                   repeat(60, [](auto) { return "</b>"; }) + "</D:a>",
                               many_declarations);
     }},
    {"deep levels with many attributes each",
     [](auto n) {
         const auto attributes = repeat(200, [](auto i) { return " a" + no(i) + "=''"; });
         return propertyupdate("<D:a>" + repeat(50, [&](auto) { return "<b" + attributes + ">"; }) +
                               repeat(n, [](auto) { return "<D:c/>"; }) + repeat(50, [](auto) { return "</b>"; }) +
                               "</D:a>");
     }},
    {"elements with many attributes in namespaces",
     [](auto n) {
         const auto attributes = repeat(50, [](auto i) { return " p" + no(i) + ":x=''"; });
         return propertyupdate("<D:a>" + repeat(n / 50, [&](auto) { return "<b" + attributes + "/>"; }) + "</D:a>",
                               many_declarations);
     }},
    {"elements that declare many prefixes",
     [](auto n) {
         return propertyupdate("<D:a>" +
                               repeat(n / 50,
                                      [&](auto j) {
                                          return "<b" +
                                                 repeat(50,
                                                        [&](auto i) {
                                                            return " xmlns:q" + no(j * 50 + i) +
                                                                   "='urn:" + no(j * 50 + i) + "'";
                                                        }) +
                                                 "/>";
                                      }) +
                               "</D:a>");
     }},
    {"texts between comments",
     [](auto n) { return propertyupdate("<D:a>" + repeat(n, [](auto) { return "x<!--y-->"; }) + "</D:a>"); }},
    {"CDATA sections",
     [](auto n) { return propertyupdate("<D:a>" + repeat(n, [](auto) { return "<![CDATA[x]]>"; }) + "</D:a>"); }},
    {"references in text",
     [](auto n) { return propertyupdate("<D:a>" + repeat(n, [](auto) { return "&amp;&#x41;"; }) + "</D:a>"); }},
    {"references in an attribute",
     [](auto n) { return propertyupdate("<D:a b='" + repeat(n, [](auto) { return "&lt;"; }) + "'/>"); }},
    {"comments before the root",
     [](auto n) { return repeat(n, [](auto) { return "<!-- x -->"; }) + propertyupdate("<D:a/>"); }},
    {"processing instructions",
     [](auto n) { return propertyupdate("<D:a>" + repeat(n, [](auto) { return "<?x y?>"; }) + "</D:a>"); }},
    {"line ends", [](auto n) { return propertyupdate("<D:a>" + repeat(n, [](auto) { return "\r\n"; }) + "</D:a>"); }},
    {"one long text", [](auto n) { return propertyupdate("<D:a>" + std::string(20 * n, 'x') + "</D:a>"); }},
    {"empty sets",
     [](auto n) {
         return "<D:propertyupdate xmlns:D='DAV:'>" + repeat(n, [](auto) { return "<D:set><D:prop/></D:set>"; }) +
                "<D:set><D:prop><D:a/></D:prop></D:set></D:propertyupdate>";
     }},
};

/// Steps for a body that must be read without complaint.
std::uint64_t steps(const std::string& body) {
    std::uint64_t counted = 0;
    const auto parsed = parse_propertyupdate(body, {.nodes = 10'000'000, .names = 1'000'000, .steps = &counted});
    EXPECT_TRUE(parsed) << parsed.error().sentence;
    return counted;
}

TEST(Steps, TwiceTheBytesCostLessThanThreeTimesTheSteps) {
    for (const auto& shape : shapes) {
        const auto once = steps(shape.body(1000));
        const auto twice = steps(shape.body(2000));
        EXPECT_GT(once, 1000U) << shape.name;
        EXPECT_LT(twice, 3 * once) << shape.name;
    }
}

TEST(Steps, NamesOfAPropfindCostNoMoreThanTheirBytes) {
    const auto count = [](std::size_t n) {
        std::uint64_t counted = 0;
        const auto body =
            propfind(repeat(n, [](auto i) { return "<p" + no(i % 200) + ":a" + no(i) + "/>"; }), many_declarations);
        EXPECT_TRUE(parse_propfind(body, {.asked_names = 1'000'000, .steps = &counted}));
        return counted;
    };
    EXPECT_LT(count(2000), 3 * count(1000));
}

TEST(Steps, WhatIsRefusedCostsNoMore) {
    // Distinct prefixes in one element, and one more at each level: refused at the bound, however many follow.
    for (const auto n : {1000U, 10000U}) {
        const auto wide = repeat(n, [](auto i) { return " xmlns:p" + no(i) + "='u'"; });
        const auto nested = repeat(n, [](auto i) {
            return "<a" + repeat(50, [&](auto j) { return " xmlns:p" + no(i) + "-" + no(j) + "='u'"; }) + ">";
        });
        for (const auto& body : {propertyupdate("<D:a/>", wide), propfind("<D:a/>", wide), lockinfo(nested)}) {
            std::uint64_t counted = 0;
            const Limits limits{.steps = &counted};
            EXPECT_EQ(parse_propertyupdate(body, limits).error().code, FailureCode::bad_xml);
            EXPECT_LT(counted, 200'000U);
        }
    }
}

TEST(Limits, ARefusalNamesTheExceededLimit) {
    const auto sentence = [](const std::string& body) {
        const auto parsed = parse_propertyupdate(body);
        return parsed ? std::string("taken") : parsed.error().sentence;
    };
    const auto attributes = [](std::size_t n) { return repeat(n, [](auto i) { return " a" + no(i) + "=''"; }); };
    const auto prefixes = [](std::size_t n) { return repeat(n, [](auto i) { return " xmlns:p" + no(i) + "='u'"; }); };
    EXPECT_EQ(sentence(propertyupdate("<D:a" + attributes(256) + "/>")), "taken");
    EXPECT_NE(sentence(propertyupdate("<D:a" + attributes(257) + "/>")).find("more than 256 attributes"),
              std::string::npos);
    EXPECT_EQ(sentence(propertyupdate("<D:a" + prefixes(200) + "/>")), "taken");
    EXPECT_NE(sentence(propertyupdate("<D:a" + prefixes(200) + "/>",
                                      repeat(200, [](auto i) { return " xmlns:q" + no(i) + "='u'"; })))
                  .find("more than 256 namespace declarations"),
              std::string::npos);
    EXPECT_NE(sentence(propertyupdate("<D:" + std::string(1100, 'a') + "/>")).find("a name is longer"),
              std::string::npos);
    EXPECT_NE(sentence(propertyupdate("<a xmlns='" + std::string(1100, 'a') + "'/>")).find("name of a namespace"),
              std::string::npos);
    EXPECT_NE(sentence(propertyupdate("<a xml:lang='" + std::string(1100, 'a') + "'/>")).find("xml:lang"),
              std::string::npos);
    // What is refused is quoted, but never at length.
    EXPECT_LT(sentence(propertyupdate("<" + std::string(1000, 'p') + ":a/>")).size(), 300U);
}

TEST(Limits, ATextThatManyPropertiesInheritIsNotWrittenOverAndOver) {
    const auto inherited = repeat(200, [](auto i) { return " xmlns:p" + no(i) + "='" + std::string(1000, 'x') + "'"; });
    const auto used = repeat(200, [](auto i) { return " p" + no(i) + ":a='" + no(i) + "'"; });
    const auto body = propertyupdate(repeat(2000, [&](auto i) { return "<D:a" + no(i) + used + "/>"; }), inherited);
    std::string distinct;
    const auto parsed = parse_propertyupdate(body, {.nodes = 10'000'000});
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, FailureCode::bad_xml);
}

TEST(Limits, AValueThatIsTooLargeIsNotKept) {
    const Limits limits{.value_bytes = 1000};
    const auto read = [&](std::size_t bytes) {
        auto parsed = parse_propertyupdate(propertyupdate("<D:a>" + std::string(bytes, 'x') + "</D:a><D:b/>"), limits);
        return std::get<SetProperty>(parsed.value().front());
    };
    EXPECT_FALSE(read(1000).oversized);
    EXPECT_EQ(read(1000).property.xml.find(std::string(1000, 'x')) != std::string::npos, true);
    EXPECT_TRUE(read(1001).oversized);
    EXPECT_TRUE(read(1001).property.xml.empty());
    EXPECT_TRUE(read(1'000'000).oversized);
}

}  // namespace
}  // namespace davit::xml
