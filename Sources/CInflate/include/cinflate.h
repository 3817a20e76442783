/* Streaming gunzip: ISA-L (libisal.so.2, opened with dlopen) where it is installed, else zlib. Both behind one reader of
 * headers, so that they agree about what a gzip file is: members one after the other (RFC 1952), whatever follows the last
 * one is passed over, as gzip does. */
#ifndef PODRUN_CINFLATE_H
#define PODRUN_CINFLATE_H

#include <stddef.h>
#include <stdint.h>

enum podrun_gunzip_status {
    PODRUN_GUNZIP_OK = 0,
    PODRUN_GUNZIP_HEADER = -1,   /* no gzip header, or one that is damaged */
    PODRUN_GUNZIP_DATA = -2,     /* not deflate */
    PODRUN_GUNZIP_CHECKSUM = -3, /* CRC or length of the plain bytes is another */
    PODRUN_GUNZIP_TRUNCATED = -4,
};

struct podrun_gunzip;

/* 1 when ISA-L can be used. The library is opened by the first call, which must come before a chroot. */
int podrun_gunzip_has_isal(void);

/* NULL when there is no memory. `isal` is ignored without the library. */
struct podrun_gunzip *podrun_gunzip_new(int isal);
void podrun_gunzip_free(struct podrun_gunzip *gunzip);

/* Takes bytes from `in` and puts plain ones into `out`, at most 1 GiB each, until either is used up. The counts come back
 * as what was taken and what was put. Nothing put: give it more input. Once it failed it fails for ever. */
int podrun_gunzip_run(struct podrun_gunzip *gunzip, const uint8_t *in, size_t *in_count, uint8_t *out,
                      size_t *out_count);

/* To be asked at the end of the input. */
int podrun_gunzip_finish(const struct podrun_gunzip *gunzip);

#endif
