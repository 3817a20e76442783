/* A user namespace can only be made by a process that is in it: one that does nothing, and is gone again at the end. */
#define _GNU_SOURCE 1
#include "cshim.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void wait_for_end(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

static int write_map(long pid, const char *name, uint32_t first, uint32_t count)
{
    char path[64], line[48];
    snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
    int length = snprintf(line, sizeof line, "0 %u %u\n", first, count);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t written = write(fd, line, (size_t)length);
    int error = errno;
    close(fd);
    errno = error;
    return written == length ? 0 : -1;
}

int podrun_user_namespace(uint32_t first, uint32_t count)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0)
        wait_for_end();
    if (pid < 0)
        return -1;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/ns/user", pid);
    int fd = -1;
    if (write_map(pid, "uid_map", first, count) == 0 && write_map(pid, "gid_map", first, count) == 0)
        fd = open(path, O_RDONLY | O_CLOEXEC);
    int error = errno;
    kill((pid_t)pid, SIGKILL);
    while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
        ;
    errno = error;
    return fd;
}
