/* Clients that see a container's raw output as it comes. What they read never holds up the container or its log: one
 * that does not keep up is let go. */
#ifndef PODRUN_KEEPER_ATTACH_H
#define PODRUN_KEEPER_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"

#define PODRUN_MAX_ATTACHED 64u

/* Adds a client of `log`: `socket` (taken over on success) hears ATTACHED with `input` (-1: none), then all output from
 * now on. Returns 0 or errno. */
int podrun_attach_client(const struct podrun_log *log, int socket, int input);

void podrun_attach_copy(const struct podrun_log *log, bool is_stderr, const char *bytes, size_t size);

/* Nothing more will come of `log`. */
void podrun_attach_end(const struct podrun_log *log);

/* The client of entry `index` may have closed its end. */
void podrun_attach_hangup(uint32_t index);

#endif
