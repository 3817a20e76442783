/* Removal of a tree that a hostile container filled. Every name is resolved from the descriptor of its directory, no
 * link and no mount is crossed (openat2 NO_XDEV). What can't be removed stays, the rest goes; the first error is told.
 *
 * One descriptor is open per level. Deeper than MAX_DEPTH, a directory is moved up to the top of the tree and removed
 * there in the next round, so a 100 000 levels deep tree takes neither stack nor descriptors.
 */
#define _GNU_SOURCE 1
#include "cshim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 64
/* 512-byte blocks; to free more takes the file system a while. */
#define BIG_FILE (32u << 11)

struct removal {
    int top;
    int error;
    unsigned moved;
    unsigned budget; /* entries that may still be removed; UINT_MAX: no end */
};

static void note(struct removal *removal, int error)
{
    if (removal->error == 0)
        removal->error = error;
}

/* Only regular files and directories can have the flags; opening others could block or act. */
static void clear_flags(int directory, const char *name)
{
    int fd = podrun_openat2(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0,
                            PODRUN_RESOLVE_BENEATH | PODRUN_RESOLVE_NO_SYMLINKS | PODRUN_RESOLVE_NO_XDEV);
    if (fd < 0)
        return;
    podrun_clear_immutable(fd);
    close(fd);
}

static int unlink_node(int directory, const char *name, int flags)
{
    if (unlinkat(directory, name, flags) == 0 || errno == ENOENT)
        return 0;
    if (errno != EPERM)
        return -1;
    podrun_clear_immutable(directory);
    clear_flags(directory, name);
    if (unlinkat(directory, name, flags) == 0 || errno == ENOENT)
        return 0;
    return -1;
}

static int move_up(struct removal *removal, int directory, const char *name)
{
    char target[32];
    for (;;) {
        snprintf(target, sizeof target, ".podrun-deep-%u", removal->moved++);
        if (renameat2(directory, name, removal->top, target, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno == EPERM) {
            podrun_clear_immutable(directory);
            clear_flags(directory, name);
            if (renameat2(directory, name, removal->top, target, RENAME_NOREPLACE) == 0)
                return 0;
        }
        if (errno != EEXIST)
            return -1;
    }
}

static int remove_directory(struct removal *removal, int parent, const char *name, int depth);

/* Whether one more entry may be removed now. */
static bool spend(struct removal *removal, int directory, const char *name, unsigned char type)
{
    if (removal->budget == UINT_MAX)
        return true;
    struct stat status;
    if (type == DT_REG && fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_blocks > BIG_FILE)
        removal->budget = 0;
    if (removal->budget == 0)
        return false;
    removal->budget--;
    return true;
}

/* Gives how many entries were removed or moved away. */
static unsigned empty(struct removal *removal, DIR *stream, int depth)
{
    int directory = dirfd(stream);
    unsigned count = 0;
    struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (!spend(removal, directory, name, entry->d_type)) {
            removal->error = EINPROGRESS;
            break;
        }
        if (entry->d_type != DT_DIR) {
            if (unlink_node(directory, name, 0) == 0) {
                count++;
                continue;
            }
            if (errno != EISDIR) {
                note(removal, errno);
                continue;
            }
        }
        if (depth >= MAX_DEPTH) {
            if (move_up(removal, directory, name) == 0)
                count++;
            else
                note(removal, errno);
        } else if (remove_directory(removal, directory, name, depth + 1) == 0) {
            count++;
        }
    }
    return count;
}

static int remove_directory(struct removal *removal, int parent, const char *name, int depth)
{
    int fd = podrun_openat2(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0,
                            PODRUN_RESOLVE_BENEATH | PODRUN_RESOLVE_NO_SYMLINKS | PODRUN_RESOLVE_NO_XDEV);
    if (fd < 0) {
        if (errno == ENOENT)
            return 0;
        note(removal, errno == EXDEV ? EBUSY : errno);
        return -1;
    }
    DIR *stream = fdopendir(fd);
    if (stream == NULL) {
        note(removal, errno);
        close(fd);
        return -1;
    }
    if (depth == 0)
        removal->top = fd;
    int result;
    for (;;) {
        unsigned count = empty(removal, stream, depth);
        if (removal->error == EINPROGRESS) {
            closedir(stream);
            return -1;
        }
        result = unlink_node(parent, name, AT_REMOVEDIR);
        /* Directories that were moved up, or entries that the file system hid while others went. */
        if (result == 0 || errno != ENOTEMPTY || count == 0)
            break;
        rewinddir(stream);
    }
    if (result != 0)
        note(removal, errno);
    closedir(stream);
    return result;
}

int podrun_remove_tree(int directory, const char *name, unsigned budget)
{
    struct removal removal = {.top = -1, .budget = budget == 0 ? UINT_MAX : budget};
    if (unlink_node(directory, name, 0) == 0)
        return 0;
    if (errno != EISDIR)
        return -1;
    remove_directory(&removal, directory, name, 0);
    errno = removal.error;
    return removal.error == 0 ? 0 : -1;
}
