/* fsGroup: a volume's files become a group's, as the kubelet's SetVolumeOwnership does it (pkg/volume/volume_linux.go):
 * children before their directory, so that a root that is the group's says that all below it is. Every name is resolved
 * from the descriptor of its directory, no link followed and no mount crossed. */
#define _GNU_SOURCE 1
#include "cshim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BITS      0660
#define DIRECTORY_BITS (FILE_BITS | 0110 | S_ISGID)

static int own(int parent, const char *name, gid_t group, dev_t device);

static int own_entries(int directory, gid_t group, dev_t device)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    DIR *stream = fdopendir(fd);
    if (stream == NULL) {
        close(fd);
        return -1;
    }
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = own(fd, entry->d_name, group, device);
    if (errno != 0)
        result = -1;
    int error = errno;
    closedir(stream);
    errno = error;
    return result;
}

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

static int own(int parent, const char *name, gid_t group, dev_t device)
{
    int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? (errno = 0) : -1; /* another pod's container removed it */
    struct stat status;
    int result = fstatat(fd, "", &status, AT_EMPTY_PATH);
    if (result == 0 && (device == 0 || status.st_dev == device)) {
        if (S_ISDIR(status.st_mode))
            result = own_entries(fd, group, status.st_dev);
        if (result == 0)
            result = change(fd, &status, group);
    }
    int error = errno;
    close(fd);
    errno = result == 0 ? 0 : error;
    return result;
}

int podrun_own_tree(int directory, const char *name, uint32_t group)
{
    return own(directory, name, (gid_t)group, 0);
}
