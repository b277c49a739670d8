// What is wrong with a certificate, in the words of whoever has to change it.
#include <openssl/x509v3.h>

#include <memory>

#include "davit/http/probe.hpp"
#include "probe_connection.hpp"

namespace davit::http {
namespace {

namespace ssl = boost::asio::ssl;
using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;
using Names = std::unique_ptr<GENERAL_NAMES, decltype([](GENERAL_NAMES* names) { GENERAL_NAMES_free(names); })>;

std::string text_of(const Bio& bio) {
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string time_text(const ASN1_TIME* time) {
    const Bio bio(BIO_new(BIO_s_mem()));
    ASN1_TIME_print(bio.get(), time);
    return text_of(bio);
}

/// "DNS:dav.example.com" is printed; the name is wanted.
std::string name_text(GENERAL_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    GENERAL_NAME_print(bio.get(), name);
    const auto text = text_of(bio);
    return text.substr(text.find(':') + 1);
}

std::string names_of(X509* certificate) {
    const Names names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::string text;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i)
        (text += text.empty() ? "" : ", ") += name_text(sk_GENERAL_NAME_value(names.get(), i));
    return text.empty() ? "no name" : text;
}

CertificateFault fault_of(int error) {
    switch (error) {
        case X509_V_OK:
            return CertificateFault::none;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return CertificateFault::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return CertificateFault::not_yet_valid;
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return CertificateFault::self_signed;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return CertificateFault::wrong_name;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return CertificateFault::incomplete_chain;
        default:
            return CertificateFault::untrusted;
    }
}

bool is_address(const std::string& host) {
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    return !error;
}

}  // namespace

ssl::context make_probe_context() {
    ssl::context context(ssl::context::tls_client);
    context.set_default_verify_paths();
    return context;
}

void expect_host(TlsProbe& stream, const std::string& host, int* first) {
    auto* handle = stream.native_handle();
    if (is_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host.c_str());
    } else {
        SSL_set_tlsext_host_name(handle, host.c_str());
        SSL_set1_host(handle, host.c_str());
    }
    stream.set_verify_mode(ssl::verify_peer);
    if (!first) return;
    stream.set_verify_callback([first](bool well, ssl::verify_context& context) {
        if (!well && *first == X509_V_OK) *first = X509_STORE_CTX_get_error(context.native_handle());
        return true;
    });
}

std::string handshake_failure(TlsProbe& stream, const std::string& authority, const boost::system::error_code& error) {
    const auto begin = "no TLS with " + authority + ": ";
    if (error != boost::beast::error::timeout) return begin + error.message();
    const auto received = BIO_number_read(SSL_get_rbio(stream.native_handle()));
    const auto seen = received == 0 ? "sent no byte" : "sent " + std::to_string(received) + " bytes";
    return begin + "the port accepted the connection and " + seen + "; the handshake did not end within " +
           std::to_string(handshake_patience.count()) + " s";
}

std::expected<Certificate, std::string> look_at_certificate(const ProbeServer& server) {
    const auto where = split_authority(server.authority, true);
    auto context = make_probe_context();
    ProbeConnection<TlsProbe> connection(context);
    if (const auto error = connection.connect(where))
        return std::unexpected("no connection to " + server.authority + ": " + error.message());
    int first = X509_V_OK;
    expect_host(connection.stream(), where.host, &first);
    if (const auto error = connection.handshake())
        return std::unexpected(handshake_failure(connection.stream(), server.authority, error));
    const std::unique_ptr<X509, decltype([](X509* shown) { X509_free(shown); })> shown(
        SSL_get1_peer_certificate(connection.stream().native_handle()));
    if (!shown) return std::unexpected(server.authority + " shows no certificate");
    return Certificate{fault_of(first), names_of(shown.get()), time_text(X509_get0_notBefore(shown.get())),
                       time_text(X509_get0_notAfter(shown.get())), X509_verify_cert_error_string(first)};
}

}  // namespace davit::http
