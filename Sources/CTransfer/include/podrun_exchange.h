/* HTTP requests of an event loop, many at once, over libcurl's multi interface: probes and hooks. Nothing here waits. No
 * proxy, no redirect followed, no certificate checked, no connection kept: a probe asks this server, now.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PODRUN_EXCHANGE_ERROR_SIZE 256
#define PODRUN_EXCHANGE_BODY_SIZE  (10 << 10) /* bytes of an answer's body that are kept; no more are read */
#define PODRUN_EXCHANGE_HEAD_SIZE  (1 << 20)  /* an answer with a longer header has failed */

/* The exchanges of one loop; not to be shared between threads. */
struct podrun_client;
struct podrun_exchange;

/* What the loop does for a client. Called from podrun_client_act and podrun_exchange_*; must call none of these. */
struct podrun_client_loop {
    void *context;
    /* Have podrun_client_act called when the socket is ready; neither: no more, it is about to be closed. */
    void (*watch)(void *context, int socket, bool reads, bool writes);
    /* Have podrun_client_act called with socket -1 after so many milliseconds, once; -1: not at all. */
    void (*wake)(void *context, long milliseconds);
};

enum podrun_exchange_kind {
    PODRUN_EXCHANGE_HTTP1,
    PODRUN_EXCHANGE_HTTP2,   /* also without TLS: the server is known to speak it */
    PODRUN_EXCHANGE_CONNECT, /* ends when the connection stands */
};

struct podrun_exchange_request {
    enum podrun_exchange_kind kind;
    const char *url;            /* http or https */
    const char *const *headers; /* "Name: value", "Name;" for an empty value, "Name:" for none at all; ended by NULL */
    const void *body;           /* NULL: GET, else POST */
    size_t body_size;
};

enum podrun_exchange_outcome {
    PODRUN_EXCHANGE_DONE,
    PODRUN_EXCHANGE_UNKNOWN_HOST,
    PODRUN_EXCHANGE_REFUSED,  /* no connection: system_error says why */
    PODRUN_EXCHANGE_NOT_TLS,  /* the handshake failed */
    PODRUN_EXCHANGE_EMPTY,    /* the connection ended before an answer */
    PODRUN_EXCHANGE_RESET,    /* ... was broken: system_error says why */
    PODRUN_EXCHANGE_NOT_HTTP, /* the answer is something else */
    PODRUN_EXCHANGE_CUT,      /* ... ended before its time */
    PODRUN_EXCHANGE_BROKEN,   /* anything else: error has libcurl's words */
};

struct podrun_exchange_state {
    enum podrun_exchange_outcome outcome; /* of a finished exchange */
    int system_error;                     /* errno, 0: none */
    bool is_connected;
    long status;          /* 0: no answer yet */
    const char *redirect; /* absolute URL, NULL: none */
    const char *error;
    const uint8_t *body;
    size_t body_size;
};

/* NULL: error says why. */
struct podrun_client *podrun_client_open(const struct podrun_client_loop *loop, char error[PODRUN_EXCHANGE_ERROR_SIZE]);

/* A socket is ready, or (-1) the time has come. */
void podrun_client_act(struct podrun_client *client, int socket, bool reads, bool writes);

/* An exchange that has finished since the last call, NULL: none. */
struct podrun_exchange *podrun_client_finished(struct podrun_client *client);

/* NULL: error says why. */
struct podrun_exchange *podrun_exchange_start(struct podrun_client *client,
                                              const struct podrun_exchange_request *request,
                                              char error[PODRUN_EXCHANGE_ERROR_SIZE]);

/* Its pointers are good until podrun_exchange_end. */
struct podrun_exchange_state podrun_exchange_state(struct podrun_exchange *exchange);

/* A header or trailer of the answer, NULL: it has none. Good until the next call. */
const char *podrun_exchange_header(struct podrun_exchange *exchange, const char *name);

/* Frees it; one that has not finished is broken off. */
void podrun_exchange_end(struct podrun_exchange *exchange);
