/* fsGroup: gives a tree to a group, files becoming readable and writable for it, directories enterable and setgid (the
 * kubelet's pkg/volume/volume_linux.go): children before their directory, so that a root that is the group's says that all
 * below it is. */
#define _GNU_SOURCE 1
#include "cshim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "walk.h"

#define FILE_BITS      0660
#define DIRECTORY_BITS (FILE_BITS | 0110 | S_ISGID)

static int change(int fd, const struct stat *status, gid_t group)
{
    if (fchownat(fd, "", (uid_t)-1, group, AT_EMPTY_PATH) < 0)
        return -1;
    if (S_ISLNK(status->st_mode))
        return 0;
    /* The descriptor is O_PATH, which only a path can change the mode of. */
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return chmod(path, (status->st_mode & 07777) | (S_ISDIR(status->st_mode) ? DIRECTORY_BITS : FILE_BITS));
}

static int own(void *context, int directory, const char *name, const struct stat *seen)
{
    (void)seen;
    const gid_t *group = context;
    struct stat status;
    int fd = podrun_openat2(directory, name, PODRUN_O_PATH | O_NOFOLLOW | O_CLOEXEC, 0,
                            PODRUN_RESOLVE_BENEATH | PODRUN_RESOLVE_NO_XDEV);
    if (fd < 0) /* another pod's container removed it, or something is mounted there */
        return errno == ENOENT || errno == EXDEV ? 0 : -1;
    int result = fstat(fd, &status);
    if (result == 0)
        result = change(fd, &status, *group);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

int podrun_own_tree(int directory, uint32_t group)
{
    gid_t owner = (gid_t)group;
    struct stat status;
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || podrun_walk(fd, own, &owner) != 0 || fstat(directory, &status) != 0)
        return -1;
    return change(directory, &status, owner);
}
