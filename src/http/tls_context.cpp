// What every TLS connection begins from.
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "davit/http/server.hpp"
#include "davit/http/ticket_keys.hpp"
#include "davit/http/tls.hpp"

namespace davit::http {
namespace {

/// Forward secrecy and authenticated encryption only; every client with TLS 1.2 of the last ten years has one of them.
/// TLS 1.3 has no others.
constexpr const char* ciphers_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view session_context = "davit";
constexpr int renewed = 2;  ///< the ticket is good, the client gets a new one

std::string cause() {
    const auto error = ERR_peek_error();  // the first; what follows from it comes after
    if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
    const auto* reason = ERR_reason_error_string(error);
    return reason ? reason : "unknown error";
}

/// Nobody is there to be asked for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return 0;
}

bool set_mac(EVP_MAC_CTX* mac, TicketKeys::Key& key) {
    std::string digest = "sha256";
    std::array parameters{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
                          OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                          OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

int seal_ticket(TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
    auto key = keys.current(std::chrono::steady_clock::now());
    const auto* aes = EVP_aes_256_cbc();
    if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(aes)) != 1) return -1;
    std::copy(key->name.begin(), key->name.end(), name);
    return EVP_EncryptInit_ex(cipher, aes, nullptr, key->cipher.data(), iv) == 1 && set_mac(mac, *key) ? 1 : -1;
}

int open_ticket(TicketKeys& keys, const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                EVP_MAC_CTX* mac) {
    auto key = keys.find(name, std::chrono::steady_clock::now());
    if (!key) return 0;
    if (!set_mac(mac, *key)) return -1;
    return EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) == 1 ? renewed : -1;
}

int ticket_key(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
               int sealing) {
    auto& keys = *static_cast<TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
    return sealing != 0 ? seal_ticket(keys, name, iv, cipher, mac) : open_ticket(keys, name, iv, cipher, mac);
}

/// Whoever offers protocols and not ours speaks none of ours (RFC 7301, 3.2).
int choose_protocol(SSL* /*session*/, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned offered_length, void* /*data*/) {
    static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* found = nullptr;
    const auto result = SSL_select_next_proto(&found, length, ours.data(), ours.size(), offered, offered_length);
    *chosen = found;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_rules(SSL_CTX* context, bool only_1_3) {
    SSL_CTX_set_min_proto_version(context, only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, ciphers_1_2);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_ENABLE_KTLS | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // An idle connection keeps no buffers; a write that has to wait may be called again with the bytes elsewhere.
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);  // a record is one system call and not two
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

void set_resumption(SSL_CTX* context, TicketKeys& keys) {
    SSL_CTX_set_app_data(context, &keys);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key);
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(session_context.data()),
                                   session_context.size());
    SSL_CTX_set_timeout(context, std::chrono::seconds(TicketKeys::period).count());
    SSL_CTX_sess_set_cache_size(context, 4096);  // for clients that take no tickets
}

/// Opening a FIFO would wait for its writer, and no signal be heard meanwhile.
bool is_regular(const std::string& file) {
    std::error_code error;
    const auto kind = std::filesystem::status(file, error).type();
    return kind == std::filesystem::file_type::regular || kind == std::filesystem::file_type::not_found || error;
}

/// Why the files are of no use; "" when they are.
std::string use_files(SSL_CTX* context, const TlsOptions& options) {
    const auto& key = options.key.empty() ? options.certificate : options.key;
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    ERR_clear_error();
    for (const auto& [name, file] : {std::pair("tls.certificate", options.certificate), std::pair("tls.key", key)})
        if (!is_regular(file)) return std::string(name) + ": " + file + ": not a regular file";
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1)
        return "tls.certificate: " + options.certificate + ": " + cause() + " (a certificate in PEM is wanted)";
    const bool read = SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1;
    // A key of another kind than the certificate's is taken without a word, for a certificate still to come.
    if (read && SSL_CTX_check_private_key(context) == 1) return {};
    if (read || ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
        ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH)
        return "tls.key: " + key + " is not the key of the certificate in " + options.certificate;
    return "tls.key: " + key + ": " + cause() + " (a private key in PEM, without a passphrase, is wanted)";
}

std::string printed(BIO* memory) {
    char* text = nullptr;
    const auto length = BIO_get_mem_data(memory, &text);
    std::string copy(text, static_cast<std::size_t>(length));
    BIO_free(memory);
    return copy;
}

}  // namespace

void Tls::Free::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}

std::expected<Tls::Context, std::string> Tls::make() const {
    Context context(SSL_CTX_new(TLS_server_method()));
    if (!context) return std::unexpected("OpenSSL: " + cause());
    set_rules(context.get(), options_.only_1_3);
    set_resumption(context.get(), *keys_);
    if (auto problem = use_files(context.get(), options_); !problem.empty()) return std::unexpected(std::move(problem));
    return context;
}

Tls::Tls(TlsOptions options) : options_(std::move(options)), keys_(std::make_unique<TicketKeys>()) {
    if (auto problem = reload(); !problem) throw std::runtime_error(problem.error());
}

Tls::~Tls() = default;

std::expected<void, std::string> Tls::reload() {
    auto made = make();
    if (!made) return std::unexpected(made.error());
    const std::lock_guard guard(mutex_);
    context_ = std::move(*made);
    return {};
}

std::string Tls::describe() const {
    const std::lock_guard guard(mutex_);
    const auto* certificate = SSL_CTX_get0_certificate(context_.get());
    auto* name = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(name, X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    const auto* end = X509_get0_notAfter(certificate);
    auto* date = BIO_new(BIO_s_mem());
    ASN1_TIME_print(date, end);
    const bool over = X509_cmp_current_time(end) < 0;
    return printed(name) + (over ? ", EXPIRED on " : ", valid until ") + printed(date);
}

TlsStream Tls::begin(int socket) const {
    const std::lock_guard guard(mutex_);
    auto* session = SSL_new(context_.get());  // holds on to its context
    if (!session || SSL_set_fd(session, socket) != 1) throw std::bad_alloc();
    return TlsStream(session);
}

std::string tls_problem(const TlsOptions& options) {
    try {
        const Tls tls(options);
    } catch (const std::runtime_error& problem) {
        return problem.what();
    }
    return {};
}

}  // namespace davit::http
