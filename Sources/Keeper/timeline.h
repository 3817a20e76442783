/* When the steps of a start happened, for whoever asked: podrun_timeline. A start that is not traced reads no clock. */
#ifndef PODRUN_KEEPER_TIMELINE_H
#define PODRUN_KEEPER_TIMELINE_H

#include <fcntl.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "../CShim/include/podrun_keeper.h"

/* Needs no system call where the kernel has a vDSO: a seccomp filter does not see it. */
static inline uint64_t podrun_monotonic_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Best effort: nothing depends on it. */
static inline void podrun_timeline_save(const struct podrun_timeline *timeline)
{
    int file =
        openat(PODRUN_KEEPER_RUN_DIR_FD, "timeline", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    ssize_t written = write(file, timeline, sizeof *timeline);
    (void)written;
    close(file);
}

#endif
