/* HTTP for image registries: one request at a time over libcurl, which is opened with dlopen when the first transfer is
 * made, so that only processes that pull pay for it (docs/decisions/0016-curl-by-dlopen.md).
 *
 * Nothing here decides: no redirects are followed, no credentials kept, no request repeated. The caller does that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PODRUN_TRANSFER_ERROR_SIZE 256

/* One connection cache; not to be shared between threads. */
struct podrun_transfer;

enum podrun_transfer_part {
    PODRUN_TRANSFER_HEADER, /* one line of the header with its line end, the status line first; also of trailers */
    PODRUN_TRANSFER_BODY,   /* at most 16 KiB of the body */
};

/* Gets the answer piece by piece; false ends the transfer with PODRUN_TRANSFER_STOPPED. */
typedef bool (*podrun_transfer_receive)(void *context, enum podrun_transfer_part part, const void *bytes, size_t size);

struct podrun_transfer_request {
    const char *method;         /* "GET", "HEAD", "POST", "PUT", ... */
    const char *url;            /* http or https */
    const char *const *headers; /* "Name: value", ended by NULL */
    const void *body;           /* NULL: none */
    size_t body_size;
    const char *authorities; /* PEM file of further certificate authorities; NULL: the host's own only */
    bool is_unverified;      /* take any certificate */
    bool is_direct;          /* no proxy, whatever the environment says */
    bool refuses_link_local; /* don't connect to 169.254.0.0/16 and fe80::/10 (metadata services) */
    long connect_seconds;
    long idle_seconds;  /* fewer than 1 KiB a second for so long: PODRUN_TRANSFER_TIMEOUT */
    long total_seconds; /* 0: no limit */
};

enum podrun_transfer_outcome {
    PODRUN_TRANSFER_DONE,
    PODRUN_TRANSFER_STOPPED,             /* by receive */
    PODRUN_TRANSFER_UNREACHABLE,         /* no address, no route, refused */
    PODRUN_TRANSFER_TIMEOUT,             /* connecting, idle or in all */
    PODRUN_TRANSFER_NOT_TLS,             /* the handshake failed: perhaps the server speaks plain http */
    PODRUN_TRANSFER_CERTIFICATE,         /* not trusted */
    PODRUN_TRANSFER_CERTIFICATE_TOO_NEW, /* not valid yet by this host's clock */
    PODRUN_TRANSFER_CERTIFICATE_TOO_OLD, /* expired by this host's clock */
    PODRUN_TRANSFER_BROKEN,              /* the connection ended too early, or isn't HTTP: trying again may help */
    PODRUN_TRANSFER_MISUSED,             /* bad URL, out of memory and the like: trying again won't help */
};

/* Opens libcurl. NULL: error says why. */
struct podrun_transfer *podrun_transfer_open(char error[PODRUN_TRANSFER_ERROR_SIZE]);
void podrun_transfer_close(struct podrun_transfer *transfer);

/* Makes one request and waits for its end. error gets libcurl's words unless the outcome is DONE or STOPPED. */
enum podrun_transfer_outcome podrun_transfer_run(struct podrun_transfer *transfer,
                                                 const struct podrun_transfer_request *request,
                                                 podrun_transfer_receive receive, void *context,
                                                 char error[PODRUN_TRANSFER_ERROR_SIZE]);

/* Where a URL leads, by the parser that will connect to it. Freed by podrun_transfer_url_free. */
struct podrun_transfer_url {
    char *text;
    char *scheme; /* lower case */
    char *host;   /* IPv6 in brackets */
    char *port;   /* the scheme's own when the URL has none */
};

/* Parses an http or https URL, relative to base when that isn't NULL; false: it is something else, or has a user's
 * name in it. */
bool podrun_transfer_url_parse(struct podrun_transfer *transfer, const char *base, const char *text,
                               struct podrun_transfer_url *url);
void podrun_transfer_url_free(struct podrun_transfer *transfer, struct podrun_transfer_url *url);
