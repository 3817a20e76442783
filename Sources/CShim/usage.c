/* What a directory takes of its disk, as du counts. By descriptors, no link followed and no mount crossed. */
#define _GNU_SOURCE 1
#include "cshim.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 512

/* Takes the descriptor over. What goes away meanwhile, or can't be opened, counts nothing. */
static int64_t entries(int fd, dev_t device)
{
    DIR *stream = fdopendir(fd);
    if (stream == NULL) {
        close(fd);
        return 0;
    }
    int64_t bytes = 0;
    struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || status.st_dev != device)
            continue;
        /* Each of a file's names counts its share, so that all of them count it once. */
        bytes += (int64_t)status.st_blocks * BLOCK / (S_ISDIR(status.st_mode) ? 1 : (int64_t)status.st_nlink);
        if (!S_ISDIR(status.st_mode))
            continue;
        int below = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below >= 0)
            bytes += entries(below, device);
    }
    closedir(stream);
    return bytes;
}

int64_t podrun_tree_usage(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) != 0) {
        close(fd);
        return -1;
    }
    return (int64_t)status.st_blocks * BLOCK + entries(fd, status.st_dev);
}
