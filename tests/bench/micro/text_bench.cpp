// Header fields, paths and XML: what every request pays before and after it touches the disk.
#include <benchmark/benchmark.h>

#include <string>

#include "davit/core/http_date.hpp"
#include "davit/headers/fields.hpp"
#include "davit/xml/bodies.hpp"
#include "davit/xml/writer.hpp"

namespace davit {
namespace {

const headers::PublicAddress anywhere{};

void request_target(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(headers::parse_request_target("/folder/sub%20folder/document.txt", anywhere));
    }
}
BENCHMARK(request_target);

void if_header_of_a_lock(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            headers::parse_if("(<urn:uuid:2f0e1f5e-6b3a-4b61-8a2b-0d8f2a1c9b7e>)", anywhere, "localhost"));
    }
}
BENCHMARK(if_header_of_a_lock);

void if_header_of_conditions(benchmark::State& state) {
    std::string text;
    for (int i = 0; i < state.range(0); ++i) {
        text += "<http://localhost/a/b" + std::to_string(i) + "> (<urn:uuid:" + std::to_string(i) + "> [\"e\"]) ";
    }
    for (auto _ : state) {
        benchmark::DoNotOptimize(headers::parse_if(text, anywhere, "localhost"));
    }
    state.SetComplexityN(state.range(0));
}
BENCHMARK(if_header_of_conditions)->RangeMultiplier(8)->Range(1, 256)->Complexity(benchmark::oN);

void propfind_body(benchmark::State& state) {
    const std::string_view body =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><D:propfind xmlns:D=\"DAV:\"><D:prop><D:resourcetype/>"
        "<D:getcontentlength/><D:getlastmodified/><D:getetag/><D:creationdate/></D:prop></D:propfind>";
    for (auto _ : state) {
        benchmark::DoNotOptimize(xml::parse_propfind(body));
    }
}
BENCHMARK(propfind_body);

void http_date(benchmark::State& state) {
    std::string out;
    std::chrono::sys_seconds time{std::chrono::seconds(1700000000)};
    for (auto _ : state) {
        out.clear();
        append_imf_fixdate(out, time);
        time += std::chrono::seconds(1);
        benchmark::DoNotOptimize(out);
    }
}
BENCHMARK(http_date);

/// One entry of a listing with five live properties, as PROPFIND writes it.
void listing_entry(benchmark::State& state) {
    const xml::BodyContext context{
        .href = [](std::string& out, const ResourcePath& path, bool collection) { path.append_href(out, collection); },
        .request_id = "1"};
    const auto path = ResourcePath::parse("/listed/folder/document.txt").value();
    const std::chrono::sys_seconds time{std::chrono::seconds(1700000000)};
    const PropertyName type{"DAV:", "resourcetype"}, length{"DAV:", "getcontentlength"},
        modified{"DAV:", "getlastmodified"}, etag{"DAV:", "getetag"}, created{"DAV:", "creationdate"};
    std::string out;
    for (auto _ : state) {
        out.clear();
        xml::open_response(out, context, path, false);
        xml::open_propstat(out);
        xml::append_property(out, type, ResourceType{}, context);
        xml::append_property(out, length, LiveValue(std::uint64_t{4096}), context);
        xml::append_property(out, modified, HttpDate{time}, context);
        xml::append_property(out, etag, LiveValue(std::string("\"18c2f41-1000\"")), context);
        xml::append_property(out, created, Rfc3339Date{time}, context);
        xml::close_propstat(out, Status::ok);
        xml::close_response(out);
        benchmark::DoNotOptimize(out);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(listing_entry);

void escaping(benchmark::State& state) {
    const std::string text(4096, 'x');
    std::string out;
    for (auto _ : state) {
        out.clear();
        xml::append_escaped_text(out, text);
        benchmark::DoNotOptimize(out);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(escaping);

}  // namespace
}  // namespace davit
