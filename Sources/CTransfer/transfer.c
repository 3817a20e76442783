#define _GNU_SOURCE              1
#define CURL_DISABLE_DEPRECATION 1
#define CURL_DISABLE_TYPECHECK   1
#include "podrun_transfer.h"

#include "curl_library.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* X.509's own numbers, the same in every TLS library behind libcurl. */
#define X509_NOT_YET_VALID 9
#define X509_HAS_EXPIRED   10

#define LEAST_SPEED 1024L         /* bytes a second */
#define BUFFER_SIZE (256L * 1024) /* read from the socket at once */

struct podrun_transfer {
    void *library;
    CURL *easy;
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*perform)(CURL *);
    void (*reset)(CURL *);
    void (*cleanup)(CURL *);
    const char *(*strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free)(struct curl_slist *);
    CURLU *(*url)(void);
    void (*url_cleanup)(CURLU *);
    CURLUcode (*url_set)(CURLU *, CURLUPart, const char *, unsigned int);
    CURLUcode (*url_get)(const CURLU *, CURLUPart, char **, unsigned int);
    void (*free)(void *);
};

struct run {
    podrun_transfer_receive receive;
    void *context;
    bool is_stopped;
};

/* The typed wrappers of the variadic call: a value of the wrong size would go unnoticed through "...". */
static CURLcode set_number(struct podrun_transfer *t, CURLoption option, long value)
{
    return t->setopt(t->easy, option, value);
}

static CURLcode set_size(struct podrun_transfer *t, CURLoption option, curl_off_t value)
{
    return t->setopt(t->easy, option, value);
}

static CURLcode set_pointer(struct podrun_transfer *t, CURLoption option, const void *value)
{
    return t->setopt(t->easy, option, value);
}

static CURLcode set_write(struct podrun_transfer *t, CURLoption option, curl_write_callback value)
{
    return t->setopt(t->easy, option, value);
}

static CURLcode set_open(struct podrun_transfer *t, CURLoption option, curl_opensocket_callback value)
{
    return t->setopt(t->easy, option, value);
}

struct podrun_transfer *podrun_transfer_open(char error[PODRUN_TRANSFER_ERROR_SIZE])
{
    struct podrun_transfer *t = calloc(1, sizeof *t);
    CURL *(*easy_init)(void);

    if (t == NULL) {
        snprintf(error, PODRUN_TRANSFER_ERROR_SIZE, "out of memory");
        return NULL;
    }
    t->library = podrun_curl_open(error);
#define LOAD(name, function) podrun_curl_load(t->library, name, function, error)
    if (t->library != NULL && LOAD("curl_easy_init", &easy_init) && LOAD("curl_easy_setopt", &t->setopt) &&
        LOAD("curl_easy_getinfo", &t->getinfo) && LOAD("curl_easy_perform", &t->perform) &&
        LOAD("curl_easy_reset", &t->reset) && LOAD("curl_easy_cleanup", &t->cleanup) &&
        LOAD("curl_easy_strerror", &t->strerror) && LOAD("curl_slist_append", &t->slist_append) &&
        LOAD("curl_slist_free_all", &t->slist_free) && LOAD("curl_url", &t->url) &&
        LOAD("curl_url_cleanup", &t->url_cleanup) && LOAD("curl_url_set", &t->url_set) &&
        LOAD("curl_url_get", &t->url_get) && LOAD("curl_free", &t->free)) {
        t->easy = easy_init();
        if (t->easy != NULL)
            return t;
        snprintf(error, PODRUN_TRANSFER_ERROR_SIZE, "it can't be initialised");
    }
#undef LOAD
    free(t);
    return NULL;
}

void podrun_transfer_close(struct podrun_transfer *t)
{
    if (t == NULL)
        return;
    t->cleanup(t->easy);
    free(t);
}

static size_t receive(struct run *run, enum podrun_transfer_part part, const char *bytes, size_t size)
{
    if (run->is_stopped || !run->receive(run->context, part, bytes, size)) {
        run->is_stopped = true;
        return size == 0 ? 1 : 0; /* anything but size is an error */
    }
    return size;
}

static size_t on_header(char *bytes, size_t unit, size_t count, void *run)
{
    return receive(run, PODRUN_TRANSFER_HEADER, bytes, unit * count);
}

static size_t on_body(char *bytes, size_t unit, size_t count, void *run)
{
    return receive(run, PODRUN_TRANSFER_BODY, bytes, unit * count);
}

static bool is_link_local(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        return (ntohl(v4->sin_addr.s_addr) & 0xffff0000u) == 0xa9fe0000u;
    }
    if (address->sa_family == AF_INET6) {
        const uint8_t *v6 = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
        static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
        if (memcmp(v6, mapped, sizeof mapped) == 0)
            return v6[12] == 169 && v6[13] == 254;
        return v6[0] == 0xfe && (v6[1] & 0xc0) == 0x80;
    }
    return false;
}

/* Sees the address that is really connected to, so no name and no spelling of a number gets around it. Close-on-exec,
 * which libcurl's own sockets are not. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    const struct podrun_transfer_request *request = context;

    (void)purpose;
    if (request->refuses_link_local && is_link_local(&address->addr)) {
        errno = EACCES;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static enum podrun_transfer_outcome outcome(struct podrun_transfer *t, CURLcode code)
{
    long verified = 0;

    switch (code) {
    case CURLE_OK:
        return PODRUN_TRANSFER_DONE;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return PODRUN_TRANSFER_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return PODRUN_TRANSFER_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
        return PODRUN_TRANSFER_NOT_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
        t->getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
        if (verified == X509_NOT_YET_VALID)
            return PODRUN_TRANSFER_CERTIFICATE_TOO_NEW;
        if (verified == X509_HAS_EXPIRED)
            return PODRUN_TRANSFER_CERTIFICATE_TOO_OLD;
        return PODRUN_TRANSFER_CERTIFICATE;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_NOT_BUILT_IN:
    case CURLE_SSL_CACERT_BADFILE:
        return PODRUN_TRANSFER_MISUSED;
    default:
        return PODRUN_TRANSFER_BROKEN;
    }
}

/* Every option of one request, on a handle that was reset (which keeps its connections). */
static CURLcode configure(struct podrun_transfer *t, const struct podrun_transfer_request *request,
                          struct curl_slist *headers, struct run *run, char *error)
{
    bool has_body = request->body != NULL;
    CURLcode code = CURLE_OK;

#define TRY(call) code = code != CURLE_OK ? code : (call)
    t->reset(t->easy);
    TRY(set_pointer(t, CURLOPT_ERRORBUFFER, error));
    TRY(set_number(t, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS));
    TRY(set_pointer(t, CURLOPT_URL, request->url));
    TRY(set_number(t, CURLOPT_FOLLOWLOCATION, 0));
    /* HTTP/2 gives a single stream nothing, and is a parser more. */
    TRY(set_number(t, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1));
    TRY(set_number(t, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1));
    TRY(set_pointer(t, CURLOPT_HTTPHEADER, headers));
    if (has_body) {
        TRY(set_size(t, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size));
        TRY(set_pointer(t, CURLOPT_POSTFIELDS, request->body));
    }
    if (strcmp(request->method, "HEAD") == 0)
        TRY(set_number(t, CURLOPT_NOBODY, 1));
    else if (strcmp(request->method, has_body ? "POST" : "GET") != 0)
        TRY(set_pointer(t, CURLOPT_CUSTOMREQUEST, request->method));
    TRY(set_number(t, CURLOPT_SSL_VERIFYPEER, !request->is_unverified));
    TRY(set_number(t, CURLOPT_SSL_VERIFYHOST, request->is_unverified ? 0 : 2));
    TRY(set_number(t, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2));
    if (request->authorities != NULL)
        TRY(set_pointer(t, CURLOPT_CAINFO, request->authorities));
    if (request->is_direct)
        TRY(set_pointer(t, CURLOPT_NOPROXY, "*"));
    TRY(set_open(t, CURLOPT_OPENSOCKETFUNCTION, open_socket));
    TRY(set_pointer(t, CURLOPT_OPENSOCKETDATA, request));
    TRY(set_number(t, CURLOPT_CONNECTTIMEOUT, request->connect_seconds));
    TRY(set_number(t, CURLOPT_LOW_SPEED_LIMIT, LEAST_SPEED));
    TRY(set_number(t, CURLOPT_LOW_SPEED_TIME, request->idle_seconds));
    TRY(set_number(t, CURLOPT_TIMEOUT, request->total_seconds));
    TRY(set_number(t, CURLOPT_TCP_KEEPALIVE, 1));
    TRY(set_number(t, CURLOPT_BUFFERSIZE, BUFFER_SIZE));
    TRY(set_write(t, CURLOPT_HEADERFUNCTION, on_header));
    TRY(set_pointer(t, CURLOPT_HEADERDATA, run));
    TRY(set_write(t, CURLOPT_WRITEFUNCTION, on_body));
    TRY(set_pointer(t, CURLOPT_WRITEDATA, run));
#undef TRY
    return code;
}

enum podrun_transfer_outcome podrun_transfer_run(struct podrun_transfer *t,
                                                 const struct podrun_transfer_request *request,
                                                 podrun_transfer_receive receive, void *context,
                                                 char error[PODRUN_TRANSFER_ERROR_SIZE])
{
    struct run run = {.receive = receive, .context = context};
    struct curl_slist *headers = NULL;
    CURLcode code = CURLE_OK;
    char words[CURL_ERROR_SIZE] = "";

    error[0] = 0;
    for (const char *const *header = request->headers; *header != NULL; header++) {
        struct curl_slist *longer = t->slist_append(headers, *header);
        if (longer == NULL)
            code = CURLE_OUT_OF_MEMORY;
        else
            headers = longer;
    }
    if (code == CURLE_OK)
        code = configure(t, request, headers, &run, words);
    if (code == CURLE_OK)
        code = t->perform(t->easy);
    set_pointer(t, CURLOPT_ERRORBUFFER, NULL); /* the handle lives longer than words and headers */
    set_pointer(t, CURLOPT_HTTPHEADER, NULL);
    t->slist_free(headers);
    if (run.is_stopped)
        return PODRUN_TRANSFER_STOPPED;
    if (code != CURLE_OK)
        snprintf(error, PODRUN_TRANSFER_ERROR_SIZE, "%s", words[0] != 0 ? words : t->strerror(code));
    return outcome(t, code);
}

bool podrun_transfer_url_parse(struct podrun_transfer *t, const char *base, const char *text,
                               struct podrun_transfer_url *url)
{
    CURLU *parsed = t->url();
    bool is_good = parsed != NULL;

    memset(url, 0, sizeof *url);
    if (is_good && base != NULL)
        is_good = t->url_set(parsed, CURLUPART_URL, base, CURLU_DISALLOW_USER) == CURLUE_OK;
    is_good = is_good && t->url_set(parsed, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
              t->url_set(parsed, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
              t->url_get(parsed, CURLUPART_URL, &url->text, 0) == CURLUE_OK &&
              t->url_get(parsed, CURLUPART_SCHEME, &url->scheme, 0) == CURLUE_OK &&
              t->url_get(parsed, CURLUPART_HOST, &url->host, 0) == CURLUE_OK &&
              t->url_get(parsed, CURLUPART_PORT, &url->port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
              (strcmp(url->scheme, "http") == 0 || strcmp(url->scheme, "https") == 0);
    if (parsed != NULL)
        t->url_cleanup(parsed);
    if (!is_good)
        podrun_transfer_url_free(t, url);
    return is_good;
}

void podrun_transfer_url_free(struct podrun_transfer *t, struct podrun_transfer_url *url)
{
    t->free(url->text);
    t->free(url->scheme);
    t->free(url->host);
    t->free(url->port);
    memset(url, 0, sizeof *url);
}
