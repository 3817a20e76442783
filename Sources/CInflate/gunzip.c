#include "cinflate.h"

#include <dlfcn.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum state { FIXED, EXTRA_LENGTH, EXTRA, NAME, COMMENT, HEADER_CHECKSUM, BODY, REST };

#define FLAG_CHECKSUM 0x02
#define FLAG_EXTRA    0x04
#define FLAG_NAME     0x08
#define FLAG_COMMENT  0x10
#define FLAGS_UNKNOWN 0xe0

struct podrun_gunzip {
    enum state state;
    int failed;
    int is_isal;
    uint64_t members; /* complete ones */
    /* Header of the current member. */
    uint8_t fixed[10];
    uint32_t have;  /* bytes of the current fixed-size field */
    uint32_t extra; /* its length */
    uint32_t checksum;
    uint32_t field; /* little-endian value being read */
    union {
        struct inflate_state isal;
        z_stream zlib;
    };
};

static struct {
    int is_tried;
    void (*init)(struct inflate_state *);
    void (*reset)(struct inflate_state *);
    int (*inflate)(struct inflate_state *);
} isal;

int podrun_gunzip_has_isal(void)
{
    if (!isal.is_tried) {
        isal.is_tried = 1;
        void *library = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
        if (library != NULL) {
            *(void **)&isal.init = dlsym(library, "isal_inflate_init");
            *(void **)&isal.reset = dlsym(library, "isal_inflate_reset");
            *(void **)&isal.inflate = dlsym(library, "isal_inflate");
        }
    }
    return isal.init != NULL && isal.reset != NULL && isal.inflate != NULL;
}

struct podrun_gunzip *podrun_gunzip_new(int use_isal)
{
    struct podrun_gunzip *gunzip = calloc(1, sizeof *gunzip);
    if (gunzip == NULL)
        return NULL;
    gunzip->is_isal = use_isal && podrun_gunzip_has_isal();
    if (gunzip->is_isal) {
        isal.init(&gunzip->isal);
    } else if (inflateInit2(&gunzip->zlib, 15 + 16) != Z_OK) {
        free(gunzip);
        return NULL;
    }
    return gunzip;
}

void podrun_gunzip_free(struct podrun_gunzip *gunzip)
{
    if (gunzip == NULL)
        return;
    if (!gunzip->is_isal)
        inflateEnd(&gunzip->zlib);
    free(gunzip);
}

/* Headers are read here and not by the libraries, which differ in what they let pass. */

static void begin_member(struct podrun_gunzip *gunzip)
{
    gunzip->state = FIXED;
    gunzip->have = 0;
}

static int begin_body(struct podrun_gunzip *gunzip)
{
    gunzip->state = BODY;
    if (gunzip->is_isal) {
        isal.reset(&gunzip->isal);
        gunzip->isal.crc_flag = ISAL_GZIP_NO_HDR_VER;
        return PODRUN_GUNZIP_OK;
    }
    /* zlib checks the trailer only of a member whose header it has seen: it is shown the shortest one. */
    static const uint8_t header[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    uint8_t nothing;
    gunzip->zlib.next_in = (Bytef *)header;
    gunzip->zlib.avail_in = sizeof header;
    gunzip->zlib.next_out = &nothing;
    gunzip->zlib.avail_out = 0;
    if (inflateReset(&gunzip->zlib) != Z_OK)
        return PODRUN_GUNZIP_DATA;
    int result = inflate(&gunzip->zlib, Z_NO_FLUSH);
    return result == Z_OK || result == Z_BUF_ERROR ? PODRUN_GUNZIP_OK : PODRUN_GUNZIP_DATA;
}

/* The first field that comes after `state` in this header. */
static int next_field(struct podrun_gunzip *gunzip, enum state state)
{
    uint8_t flags = gunzip->fixed[3];
    gunzip->have = 0;
    gunzip->field = 0;
    if (state < EXTRA_LENGTH && (flags & FLAG_EXTRA))
        gunzip->state = EXTRA_LENGTH;
    else if (state < NAME && (flags & FLAG_NAME))
        gunzip->state = NAME;
    else if (state < COMMENT && (flags & FLAG_COMMENT))
        gunzip->state = COMMENT;
    else if (state < HEADER_CHECKSUM && (flags & FLAG_CHECKSUM))
        gunzip->state = HEADER_CHECKSUM;
    else
        return begin_body(gunzip);
    return PODRUN_GUNZIP_OK;
}

static int header_byte(struct podrun_gunzip *gunzip, uint8_t byte)
{
    enum state state = gunzip->state;
    if (state != HEADER_CHECKSUM)
        gunzip->checksum = (uint32_t)crc32(state == FIXED && gunzip->have == 0 ? 0 : gunzip->checksum, &byte, 1);
    switch (state) {
    case FIXED: {
        static const uint8_t start[3] = {0x1f, 0x8b, 8};
        uint32_t index = gunzip->have++;
        gunzip->fixed[index] = byte;
        if (index < 2 && byte != start[index] && gunzip->members > 0) {
            gunzip->state = REST;
            return PODRUN_GUNZIP_OK;
        }
        if ((index < 3 && byte != start[index]) || (index == 3 && (byte & FLAGS_UNKNOWN)))
            return PODRUN_GUNZIP_HEADER;
        return gunzip->have == sizeof gunzip->fixed ? next_field(gunzip, FIXED) : PODRUN_GUNZIP_OK;
    }
    case EXTRA_LENGTH:
        gunzip->extra = gunzip->field |= (uint32_t)byte << (8 * gunzip->have++);
        if (gunzip->have < 2)
            return PODRUN_GUNZIP_OK;
        gunzip->have = 0;
        gunzip->state = EXTRA;
        return gunzip->extra == 0 ? next_field(gunzip, EXTRA) : PODRUN_GUNZIP_OK;
    case EXTRA:
        return ++gunzip->have == gunzip->extra ? next_field(gunzip, EXTRA) : PODRUN_GUNZIP_OK;
    case NAME:
    case COMMENT:
        return byte == 0 ? next_field(gunzip, state) : PODRUN_GUNZIP_OK;
    case HEADER_CHECKSUM:
        gunzip->field |= (uint32_t)byte << (8 * gunzip->have++);
        if (gunzip->have < 2)
            return PODRUN_GUNZIP_OK;
        return gunzip->field == (gunzip->checksum & 0xffff) ? begin_body(gunzip) : PODRUN_GUNZIP_HEADER;
    default:
        return PODRUN_GUNZIP_HEADER;
    }
}

/* One call of the library; `ended` is set at the end of a member. */
static int body_isal(struct podrun_gunzip *gunzip, const uint8_t **in, size_t *in_left, uint8_t **out, size_t *out_left,
                     int *ended)
{
    struct inflate_state *state = &gunzip->isal;
    state->next_in = (uint8_t *)*in;
    state->avail_in = (uint32_t)*in_left;
    state->next_out = *out;
    state->avail_out = (uint32_t)*out_left;
    int result = isal.inflate(state);
    *in = state->next_in;
    *in_left = state->avail_in;
    *out = state->next_out;
    *out_left = state->avail_out;
    *ended = state->block_state == ISAL_BLOCK_FINISH;
    if (result == ISAL_INCORRECT_CHECKSUM)
        return PODRUN_GUNZIP_CHECKSUM;
    return result < 0 || result == ISAL_NEED_DICT ? PODRUN_GUNZIP_DATA : PODRUN_GUNZIP_OK;
}

static int body_zlib(struct podrun_gunzip *gunzip, const uint8_t **in, size_t *in_left, uint8_t **out, size_t *out_left,
                     int *ended)
{
    z_stream *stream = &gunzip->zlib;
    stream->next_in = (Bytef *)*in;
    stream->avail_in = (uInt)*in_left;
    stream->next_out = *out;
    stream->avail_out = (uInt)*out_left;
    int result = inflate(stream, Z_NO_FLUSH);
    *in = stream->next_in;
    *in_left = stream->avail_in;
    *out = stream->next_out;
    *out_left = stream->avail_out;
    *ended = result == Z_STREAM_END;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return PODRUN_GUNZIP_OK;
    int is_trailer =
        stream->msg != NULL && strstr(stream->msg, "check") != NULL && strstr(stream->msg, "incorrect") != NULL;
    return is_trailer ? PODRUN_GUNZIP_CHECKSUM : PODRUN_GUNZIP_DATA;
}

int podrun_gunzip_run(struct podrun_gunzip *gunzip, const uint8_t *in, size_t *in_count, uint8_t *out,
                      size_t *out_count)
{
    size_t in_left = *in_count, out_left = *out_count;
    while (gunzip->failed == 0) {
        if (gunzip->state == REST) {
            in_left = 0;
            break;
        }
        if (gunzip->state != BODY) {
            if (in_left == 0)
                break;
            gunzip->failed = header_byte(gunzip, *in++);
            in_left--;
            continue;
        }
        size_t in_before = in_left, out_before = out_left;
        int ended = 0;
        gunzip->failed = (gunzip->is_isal ? body_isal : body_zlib)(gunzip, &in, &in_left, &out, &out_left, &ended);
        if (gunzip->failed == 0 && ended) {
            gunzip->members++;
            begin_member(gunzip);
        } else if (out_left == 0 || (in_left == in_before && out_left == out_before)) {
            break;
        }
    }
    *in_count -= in_left;
    *out_count -= out_left;
    return gunzip->failed;
}

int podrun_gunzip_finish(const struct podrun_gunzip *gunzip)
{
    if (gunzip->failed != 0)
        return gunzip->failed;
    /* Between members, or one byte into what may have been another one. */
    int is_between = gunzip->state == FIXED && gunzip->members > 0 && gunzip->have < 2;
    return is_between || gunzip->state == REST ? PODRUN_GUNZIP_OK : PODRUN_GUNZIP_TRUNCATED;
}
