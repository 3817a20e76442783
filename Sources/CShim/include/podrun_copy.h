/* What `podrun cp` and the copier in the container say to each other, over one pipe: records, host byte order.
 *
 *   record | name[name_size] | text[text_size]
 *
 *   tree      = DIRECTORY tree* LEAVE | FILE DATA* DATA(empty) | LINK | SKIPPED | FAILED
 *   stream    = tree END
 *   copier read PATH           writes a stream of PATH to stdout
 *   copier write PATH [plain]  puts the stream on stdin at PATH, then writes END, or FAILED and stops
 *
 * A name is one component, so that no stream can name anything outside of where it is put; the first one's is what the
 * source is called, empty for `.` and `/`. In a stream from a container nothing is believed: a process of the container
 * may have taken the copier's place. A file that fails half-way has FAILED in place of its last DATA.
 */
#ifndef PODRUN_COPY_H
#define PODRUN_COPY_H

#include <stdint.h>

#define PODRUN_COPY_NAME_MAX  255
#define PODRUN_COPY_PATH_MAX  4095
#define PODRUN_COPY_BLOCK     (64u << 10) /* bytes in one DATA, at most */
#define PODRUN_COPY_DEPTH_MAX 400         /* directories in each other: each costs both sides a descriptor */

enum podrun_copy_kind {
    PODRUN_COPY_DIRECTORY = 1, /* name, mode, uid, gid */
    PODRUN_COPY_LEAVE = 2,     /* the end of the last DIRECTORY */
    PODRUN_COPY_FILE = 3,      /* name, mode, uid, gid */
    PODRUN_COPY_DATA = 4,      /* text: bytes of the file; none: its end */
    PODRUN_COPY_LINK = 5,      /* name, text: the target */
    PODRUN_COPY_SKIPPED = 6,   /* name: path; a device, FIFO or socket */
    PODRUN_COPY_FAILED = 7,    /* name: path; text: what was tried; mode: errno */
    PODRUN_COPY_END = 8,
};

struct podrun_copy_record {
    uint32_t kind;
    uint32_t mode; /* permission bits; FAILED: errno */
    uint32_t uid, gid;
    uint32_t name_size; /* bytes; PODRUN_COPY_PATH_MAX for SKIPPED and FAILED, else PODRUN_COPY_NAME_MAX */
    uint32_t text_size; /* bytes; PODRUN_COPY_BLOCK for DATA, else PODRUN_COPY_PATH_MAX */
};

#endif
