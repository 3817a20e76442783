/* A walk through a tree that containers may be changing: by descriptors, no link followed and no mount crossed (openat2
 * NO_XDEV), each directory after what is in it. Only the deepest OPEN_LEVELS directories are open: what is above is opened
 * again by its child's "..", if that is still the same directory, so a tree of any depth takes few descriptors and no stack.
 */
#define _GNU_SOURCE 1
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cshim.h"

#define OPEN_LEVELS 64
#define RESOLVE     (PODRUN_RESOLVE_BENEATH | PODRUN_RESOLVE_NO_SYMLINKS | PODRUN_RESOLVE_NO_XDEV)

struct level {
    DIR *stream; /* NULL: closed for now */
    long position;
    dev_t device;
    ino_t inode;
    char *name; /* in the level above; NULL for the first */
};

struct walk {
    struct level *levels;
    size_t count, capacity;
};

/* Takes `fd` over. */
static int enter(struct walk *walk, int fd, const char *name)
{
    struct stat status;
    DIR *stream = NULL;
    char *copy = name ? strdup(name) : NULL;
    if ((name && !copy) || fstat(fd, &status) != 0 || (stream = fdopendir(fd)) == NULL)
        goto failed;
    if (walk->count == walk->capacity) {
        size_t capacity = walk->capacity == 0 ? OPEN_LEVELS : walk->capacity * 2;
        struct level *levels = reallocarray(walk->levels, capacity, sizeof *levels);
        if (!levels)
            goto failed;
        walk->levels = levels;
        walk->capacity = capacity;
    }
    if (walk->count >= OPEN_LEVELS) {
        struct level *above = &walk->levels[walk->count - OPEN_LEVELS];
        above->position = telldir(above->stream);
        closedir(above->stream);
        above->stream = NULL;
    }
    walk->levels[walk->count++] =
        (struct level){.stream = stream, .device = status.st_dev, .inode = status.st_ino, .name = copy};
    return 0;
failed:
    free(copy);
    if (stream)
        closedir(stream);
    else
        close(fd);
    return -1;
}

/* ESTALE when somebody moved the directory below, so that its parent is another one now. */
static int open_again(struct level *level, int below)
{
    struct stat status;
    int fd = openat(below, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) != 0 || status.st_dev != level->device || status.st_ino != level->inode) {
        close(fd);
        errno = ESTALE;
        return -1;
    }
    level->stream = fdopendir(fd);
    if (!level->stream) {
        close(fd);
        return -1;
    }
    seekdir(level->stream, level->position);
    return 0;
}

/* The deepest level is done. */
static int leave(struct walk *walk, podrun_visitor visit, void *context)
{
    struct level done = walk->levels[--walk->count];
    int result = 0;
    if (walk->count > 0) {
        struct stat status;
        struct level *above = &walk->levels[walk->count - 1];
        result = fstat(dirfd(done.stream), &status);
        if (result == 0 && !above->stream)
            result = open_again(above, dirfd(done.stream));
        if (result == 0)
            result = visit(context, dirfd(above->stream), done.name, &status);
    }
    int error = errno;
    closedir(done.stream);
    free(done.name);
    errno = error;
    return result;
}

static bool is_gone(void)
{
    return errno == ENOENT || errno == EXDEV || errno == ENOTDIR || errno == ELOOP;
}

/* The next entry of the deepest level. */
static int step(struct walk *walk, podrun_visitor visit, void *context)
{
    DIR *stream = walk->levels[walk->count - 1].stream;
    errno = 0;
    struct dirent *entry = readdir(stream);
    if (!entry)
        return errno != 0 ? -1 : leave(walk, visit, context);
    struct stat status;
    const char *name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    if (fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return is_gone() ? 0 : -1;
    if (!S_ISDIR(status.st_mode))
        return visit(context, dirfd(stream), name, &status);
    int fd = podrun_openat2(dirfd(stream), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, RESOLVE);
    if (fd < 0)
        return is_gone() ? 0 : -1;
    return enter(walk, fd, name);
}

int podrun_walk(int fd, podrun_visitor visit, void *context)
{
    struct walk walk = {0};
    int result = enter(&walk, fd, NULL);
    while (result == 0 && walk.count > 0)
        result = step(&walk, visit, context);
    int error = errno;
    while (walk.count > 0) {
        struct level *level = &walk.levels[--walk.count];
        if (level->stream)
            closedir(level->stream);
        free(level->name);
    }
    free(walk.levels);
    errno = error;
    return result;
}
