#define _GNU_SOURCE              1
#define CURL_DISABLE_DEPRECATION 1
#define CURL_DISABLE_TYPECHECK   1
#include "podrun_exchange.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "curl_library.h"

struct podrun_client {
    struct podrun_client_loop loop;
    CURLM *multi;
    CURL *(*easy_init)(void);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    void (*cleanup)(CURL *);
    const char *(*strerror)(CURLcode);
    CURLHcode (*header)(CURL *, const char *, size_t, unsigned int, int, struct curl_header **);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free)(struct curl_slist *);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_setopt)(CURLM *, CURLMoption, ...);
    CURLMcode (*add)(CURLM *, CURL *);
    CURLMcode (*remove)(CURLM *, CURL *);
    CURLMcode (*act)(CURLM *, curl_socket_t, int, int *);
    CURLMsg *(*read)(CURLM *, int *);
};

struct podrun_exchange {
    struct podrun_client *client;
    CURL *easy;
    struct curl_slist *headers;
    CURLcode code;
    bool is_cut_off; /* all of the body that anybody wants is there */
    size_t head_size, body_size;
    char words[CURL_ERROR_SIZE];
    uint8_t body[PODRUN_EXCHANGE_BODY_SIZE];
};

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *client, void *nothing)
{
    const struct podrun_client_loop *loop = &((struct podrun_client *)client)->loop;

    (void)easy;
    (void)nothing;
    loop->watch(loop->context, socket, what == CURL_POLL_IN || what == CURL_POLL_INOUT,
                what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
    return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *client)
{
    const struct podrun_client_loop *loop = &((struct podrun_client *)client)->loop;

    (void)multi;
    loop->wake(loop->context, milliseconds);
    return 0;
}

struct podrun_client *podrun_client_open(const struct podrun_client_loop *loop, char error[PODRUN_EXCHANGE_ERROR_SIZE])
{
    struct podrun_client *c = calloc(1, sizeof *c);
    void *library = podrun_curl_open(error);

#define LOAD(name, function) podrun_curl_load(library, name, function, error)
    if (c != NULL && library != NULL && LOAD("curl_easy_init", &c->easy_init) && LOAD("curl_easy_setopt", &c->setopt) &&
        LOAD("curl_easy_getinfo", &c->getinfo) && LOAD("curl_easy_cleanup", &c->cleanup) &&
        LOAD("curl_easy_strerror", &c->strerror) && LOAD("curl_easy_header", &c->header) &&
        LOAD("curl_slist_append", &c->slist_append) && LOAD("curl_slist_free_all", &c->slist_free) &&
        LOAD("curl_multi_init", &c->multi_init) && LOAD("curl_multi_setopt", &c->multi_setopt) &&
        LOAD("curl_multi_add_handle", &c->add) && LOAD("curl_multi_remove_handle", &c->remove) &&
        LOAD("curl_multi_socket_action", &c->act) && LOAD("curl_multi_info_read", &c->read)) {
        c->loop = *loop;
        c->multi = c->multi_init();
        if (c->multi != NULL) {
            c->multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
            c->multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
            c->multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
            c->multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
            return c;
        }
        snprintf(error, PODRUN_EXCHANGE_ERROR_SIZE, "it can't be initialised");
    }
#undef LOAD
    free(c);
    return NULL;
}

void podrun_client_act(struct podrun_client *client, int socket, bool reads, bool writes)
{
    int running;

    client->act(client->multi, socket < 0 ? CURL_SOCKET_TIMEOUT : socket,
                (reads ? CURL_CSELECT_IN : 0) | (writes ? CURL_CSELECT_OUT : 0), &running);
}

struct podrun_exchange *podrun_client_finished(struct podrun_client *client)
{
    int left;
    CURLMsg *message = client->read(client->multi, &left);
    struct podrun_exchange *exchange = NULL;

    if (message == NULL || message->msg != CURLMSG_DONE)
        return NULL;
    client->getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    exchange->code = exchange->is_cut_off ? CURLE_OK : message->data.result;
    return exchange;
}

static size_t on_header(char *bytes, size_t unit, size_t count, void *context)
{
    struct podrun_exchange *exchange = context;

    (void)bytes;
    exchange->head_size += unit * count;
    return exchange->head_size > PODRUN_EXCHANGE_HEAD_SIZE ? 0 : unit * count;
}

static size_t on_body(char *bytes, size_t unit, size_t count, void *context)
{
    struct podrun_exchange *exchange = context;
    size_t size = unit * count, space = sizeof exchange->body - exchange->body_size;

    memcpy(exchange->body + exchange->body_size, bytes, size < space ? size : space);
    exchange->body_size += size < space ? size : space;
    exchange->is_cut_off = size > space;
    return exchange->is_cut_off ? 0 : size;
}

/* Close-on-exec, which libcurl's own sockets are not. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static CURLcode configure(struct podrun_exchange *e, const struct podrun_exchange_request *request)
{
    const struct podrun_client *c = e->client;
    long version = request->kind == PODRUN_EXCHANGE_HTTP2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_1_1;
    CURLcode code = CURLE_OK;

#define SET(option, value) code = code != CURLE_OK ? code : c->setopt(e->easy, option, value)
    SET(CURLOPT_PRIVATE, (void *)e);
    SET(CURLOPT_ERRORBUFFER, e->words);
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_HTTP_VERSION, version);
    SET(CURLOPT_HTTPHEADER, e->headers);
    if (request->kind == PODRUN_EXCHANGE_CONNECT)
        SET(CURLOPT_CONNECT_ONLY, 1L);
    if (request->body != NULL) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        SET(CURLOPT_COPYPOSTFIELDS, request->body);
    }
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_SSL_VERIFYPEER, 0L);
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, (void *)e);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, (void *)e);
#undef SET
    return code;
}

struct podrun_exchange *podrun_exchange_start(struct podrun_client *client,
                                              const struct podrun_exchange_request *request,
                                              char error[PODRUN_EXCHANGE_ERROR_SIZE])
{
    struct podrun_exchange *e = calloc(1, sizeof *e);
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (e != NULL) {
        e->client = client;
        e->easy = client->easy_init();
    }
    if (e != NULL && e->easy != NULL) {
        code = CURLE_OK;
        for (const char *const *header = request->headers; *header != NULL; header++) {
            struct curl_slist *longer = client->slist_append(e->headers, *header);
            if (longer == NULL)
                code = CURLE_OUT_OF_MEMORY;
            else
                e->headers = longer;
        }
        if (code == CURLE_OK)
            code = configure(e, request);
        if (code == CURLE_OK && client->add(client->multi, e->easy) != CURLM_OK)
            code = CURLE_FAILED_INIT;
        if (code == CURLE_OK)
            return e;
    }
    snprintf(error, PODRUN_EXCHANGE_ERROR_SIZE, "%s", client->strerror(code));
    if (e != NULL)
        podrun_exchange_end(e);
    return NULL;
}

static enum podrun_exchange_outcome outcome(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return PODRUN_EXCHANGE_DONE;
    case CURLE_COULDNT_RESOLVE_HOST:
        return PODRUN_EXCHANGE_UNKNOWN_HOST;
    case CURLE_COULDNT_CONNECT:
        return PODRUN_EXCHANGE_REFUSED;
    case CURLE_SSL_CONNECT_ERROR:
        return PODRUN_EXCHANGE_NOT_TLS;
    case CURLE_GOT_NOTHING:
        return PODRUN_EXCHANGE_EMPTY;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return PODRUN_EXCHANGE_RESET;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return PODRUN_EXCHANGE_NOT_HTTP;
    case CURLE_PARTIAL_FILE:
        return PODRUN_EXCHANGE_CUT;
    default:
        return PODRUN_EXCHANGE_BROKEN;
    }
}

struct podrun_exchange_state podrun_exchange_state(struct podrun_exchange *e)
{
    const struct podrun_client *c = e->client;
    long system_error = 0, status = 0;
    curl_off_t connected = 0;
    char *redirect = NULL;

    c->getinfo(e->easy, CURLINFO_OS_ERRNO, &system_error);
    c->getinfo(e->easy, CURLINFO_RESPONSE_CODE, &status);
    c->getinfo(e->easy, CURLINFO_CONNECT_TIME_T, &connected);
    c->getinfo(e->easy, CURLINFO_REDIRECT_URL, &redirect);
    return (struct podrun_exchange_state){
        .outcome = outcome(e->code),
        .system_error = (int)system_error,
        .is_connected = connected > 0,
        .status = status,
        .redirect = redirect,
        .error = e->words[0] != 0 ? e->words : c->strerror(e->code),
        .body = e->body,
        .body_size = e->body_size,
    };
}

const char *podrun_exchange_header(struct podrun_exchange *e, const char *name)
{
    struct curl_header *header;

    /* The trailer first: a name in both is the server's last word. */
    if (e->client->header(e->easy, name, 0, CURLH_TRAILER, -1, &header) == CURLHE_OK ||
        e->client->header(e->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        return header->value;
    return NULL;
}

void podrun_exchange_end(struct podrun_exchange *e)
{
    if (e->easy != NULL) {
        e->client->remove(e->client->multi, e->easy);
        e->client->cleanup(e->easy);
    }
    e->client->slist_free(e->headers);
    free(e);
}
