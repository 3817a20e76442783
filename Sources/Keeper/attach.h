/* Clients that see a container's raw output as it comes. One that is behind holds the container up, as kubectl does; one
 * that then reads nothing for three seconds is let go. */
#ifndef PODRUN_KEEPER_ATTACH_H
#define PODRUN_KEEPER_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"

#define PODRUN_MAX_ATTACHED 64u

/* Adds a client of `log`: `socket` (taken over on success) hears ATTACHED with `input` (-1: none), then all output from
 * now on. Returns 0 or errno. */
int podrun_attach_client(struct podrun_log *log, int socket, int input);

/* Whether no client of `log` is behind. Otherwise the log is to be left alone until podrun_log_resume. */
bool podrun_attach_has_room(const struct podrun_log *log);

void podrun_attach_copy(const struct podrun_log *log, bool is_stderr, const char *bytes, size_t size);

/* Nothing more will come of `log`. */
void podrun_attach_end(const struct podrun_log *log);

/* The client of entry `index` may have closed its end, or have room again. */
void podrun_attach_ready(uint32_t index);

/* Lets clients go that were waited for long enough. Returns the ms until it has to be asked again, or -1. */
int podrun_attach_wait(void);

#endif
