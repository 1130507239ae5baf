// dtls.cpp: OpenSSL between two buffers in memory; certificates are believed by their fingerprints alone.
#include "webrtc/dtls.hpp"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>

namespace framegen::server::webrtc {
namespace {

constexpr long kMostDatagramBytes = 1200;
constexpr long kValidS = 10L * 365 * 24 * 3600;  // nobody looks at it
constexpr const char* kProfile = "SRTP_AES128_CM_SHA1_80";
constexpr const char* kExporter = "EXTRACTOR-dtls_srtp";

struct Free {
  void operator()(X509* x) const { X509_free(x); }
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
  void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
  void operator()(SSL* s) const { SSL_free(s); }
};
template <class T>
using Owner = std::unique_ptr<T, Free>;

Error failed(const char* what) { return {ErrorCode::kInternal, "DTLS", what, "come back later"}; }

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  std::string text;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), hash.data(), &size) != 1) return text;
  constexpr const char* kDigits = "0123456789ABCDEF";
  for (unsigned i = 0; i < size; ++i) {
    if (i > 0) text += ':';
    text += kDigits[hash[i] >> 4];
    text += kDigits[hash[i] & 15];
  }
  return text;
}

bool describe(X509* certificate, EVP_PKEY* key) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  X509_NAME* name = X509_get_subject_name(certificate);
  return X509_set_version(certificate, 2) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 3600) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), kValidS) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>("framegen"), -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

struct DtlsIdentity::Parts {
  Owner<EVP_PKEY> key;
  Owner<X509> certificate;
  Owner<SSL_CTX> context;
};

DtlsIdentity::DtlsIdentity() : parts_(std::make_unique<Parts>()) {}
DtlsIdentity::~DtlsIdentity() = default;

Result<std::shared_ptr<const DtlsIdentity>> DtlsIdentity::create() {
  std::shared_ptr<DtlsIdentity> identity(new DtlsIdentity);
  Parts& p = *identity->parts_;
  p.key.reset(EVP_EC_gen("P-256"));
  p.certificate.reset(X509_new());
  p.context.reset(SSL_CTX_new(DTLS_method()));
  if (!p.key || !p.certificate || !p.context || !describe(p.certificate.get(), p.key.get()))
    return failed("no certificate can be made");
  SSL_CTX* const context = p.context.get();
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  // Whose certificate it is, is_who_described says.
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     [](int, X509_STORE_CTX*) { return 1; });
  if (SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) != 1 ||
      SSL_CTX_use_certificate(context, p.certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, p.key.get()) != 1 ||
      SSL_CTX_set_tlsext_use_srtp(context, kProfile) != 0)
    return failed("OpenSSL takes no certificate");
  identity->fingerprint_ = fingerprint_of(p.certificate.get());
  return std::shared_ptr<const DtlsIdentity>(std::move(identity));
}

struct Dtls::Parts {
  std::shared_ptr<const DtlsIdentity> identity;
  Owner<SSL> ssl;
  Role role = Role::kWaits;
  BIO *in = nullptr, *out = nullptr;  // the SSL's own
};

Dtls::Dtls(std::unique_ptr<Parts> parts, std::string theirs, Send send)
    : parts_(std::move(parts)), theirs_(std::move(theirs)), send_(std::move(send)) {}
Dtls::~Dtls() = default;

Result<std::unique_ptr<Dtls>> Dtls::create(std::shared_ptr<const DtlsIdentity> identity, std::string theirs,
                                           Send send, Role role) {
  auto parts = std::make_unique<Parts>();
  parts->role = role;
  parts->ssl.reset(SSL_new(identity->parts_->context.get()));
  parts->in = BIO_new(BIO_s_mem());
  parts->out = BIO_new(BIO_s_mem());
  if (!parts->ssl || parts->in == nullptr || parts->out == nullptr) {
    BIO_free(parts->in);
    BIO_free(parts->out);
    return failed("out of memory");
  }
  BIO_set_mem_eof_return(parts->in, -1);  // empty is not the end
  BIO_set_mem_eof_return(parts->out, -1);
  SSL_set_bio(parts->ssl.get(), parts->in, parts->out);
  DTLS_set_link_mtu(parts->ssl.get(), kMostDatagramBytes);
  if (role == Role::kBegins)
    SSL_set_connect_state(parts->ssl.get());
  else
    SSL_set_accept_state(parts->ssl.get());
  parts->identity = std::move(identity);
  return std::unique_ptr<Dtls>(new Dtls(std::move(parts), std::move(theirs), std::move(send)));
}

// A flight of ours is a few hundred bytes: one datagram.
void Dtls::send_what_waits() {
  std::array<std::uint8_t, 4096> bytes;
  for (int size = 0; (size = BIO_read(parts_->out, bytes.data(), static_cast<int>(bytes.size()))) > 0;)
    send_({bytes.data(), static_cast<std::size_t>(size)});
}

bool Dtls::is_who_described() const {
  const Owner<X509> certificate(SSL_get1_peer_certificate(parts_->ssl.get()));
  return certificate != nullptr && fingerprint_of(certificate.get()) == theirs_ &&
         SSL_get_selected_srtp_profile(parts_->ssl.get()) != nullptr;
}

void Dtls::begin() {
  if (state_ != State::kShaking || parts_->role != Role::kBegins) return;
  ERR_clear_error();
  SSL_do_handshake(parts_->ssl.get());
  send_what_waits();
}

Dtls::State Dtls::take(BytesView datagram) {
  if (state_ == State::kOver) return state_;
  SSL* const ssl = parts_->ssl.get();
  ERR_clear_error();
  BIO_write(parts_->in, datagram.data(), static_cast<int>(datagram.size()));
  std::array<std::uint8_t, 2048> nothing_of_interest;
  const int result = state_ == State::kShaking ? SSL_do_handshake(ssl)
                                               : SSL_read(ssl, nothing_of_interest.data(),
                                                          static_cast<int>(nothing_of_interest.size()));
  send_what_waits();
  if (state_ == State::kShaking && result == 1) {
    state_ = is_who_described() ? State::kOpen : State::kOver;
  } else if (result <= 0) {
    const int error = SSL_get_error(ssl, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) state_ = State::kOver;
  }
  return state_;
}

void Dtls::on_time() {
  if (state_ != State::kShaking) return;
  ERR_clear_error();
  DTLSv1_handle_timeout(parts_->ssl.get());
  send_what_waits();
}

void Dtls::close() {
  if (state_ == State::kOpen) {
    ERR_clear_error();
    SSL_shutdown(parts_->ssl.get());
    send_what_waits();
  }
  state_ = State::kOver;
}

SrtpKeys Dtls::keys() const {
  constexpr std::size_t kKey = kSrtpKeyBytes, kSalt = kSrtpSaltBytes;
  Bytes material(2 * (kKey + kSalt));
  if (SSL_export_keying_material(parts_->ssl.get(), material.data(), material.size(), kExporter,
                                 std::char_traits<char>::length(kExporter), nullptr, 0, 0) != 1)
    return {};
  // client key · server key · client salt · server salt
  const BytesView all = material;
  Bytes client, server;
  append(client, all.subspan(0, kKey));
  append(client, all.subspan(2 * kKey, kSalt));
  append(server, all.subspan(kKey, kKey));
  append(server, all.subspan(2 * kKey + kSalt, kSalt));
  if (parts_->role == Role::kBegins) return {std::move(client), std::move(server)};
  return {std::move(server), std::move(client)};
}

}  // namespace framegen::server::webrtc
