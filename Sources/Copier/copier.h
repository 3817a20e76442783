/* The copier: one half of `podrun cp`, run in the container with the container's own rights, root and namespaces. What
 * it does can reach nothing that the container can't. */
#ifndef PODRUN_COPIER_H
#define PODRUN_COPIER_H

#include "../CShim/include/podrun_copy.h"

#include <stdbool.h>
#include <stddef.h>

/* Writes the stream of `path`; what can't be read is reported in it. */
void copier_read(const char *path);

/* Puts the stream of stdin at `path`. `plain`: neither owners nor special permission bits. */
void copier_write(const char *path, bool plain);

/* stream.c: both end the process when the other side is gone. */
void copier_send(const struct podrun_copy_record *record, const char *name, const void *text);
void copier_flush(void);
/* The next record; `name` has room for PODRUN_COPY_NAME_MAX + 1 bytes, `text` for PODRUN_COPY_BLOCK, both get a NUL
 * behind them unless they are full. */
void copier_receive(struct podrun_copy_record *record, char *name, char *text);

/* The path being worked on, for messages. */
void copier_enter(const char *name);
void copier_leave(void);
void copier_failed(const char *verb, int error);
void copier_skipped(void);

#endif
