/* Paths inside a root that a container may have prepared: always openat2, never a string resolved twice. */
#define _GNU_SOURCE
#include "child.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESOLVE_TRIES 64
#define LINKS_MAX     40

uint64_t podrun_resolve_in_root(bool strict)
{
    return RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (strict ? RESOLVE_NO_SYMLINKS : 0);
}

int podrun_open_at(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
    for (int tries = 0;; tries++) {
        long fd = podrun_result(syscall(SYS_openat2, directory, path, &how, sizeof how));
        if (fd != -EAGAIN || tries == RESOLVE_TRIES)
            return (int)fd;
    }
}

/* Text of a path with room for one more component. */
struct path_text {
    char bytes[PATH_MAX];
    size_t length;
};

static int append(struct path_text *text, const char *part, size_t length)
{
    bool separate = text->length > 0 && text->bytes[text->length - 1] != '/';
    if (text->length + separate + length >= sizeof text->bytes)
        return -ENAMETOOLONG;
    if (separate)
        text->bytes[text->length++] = '/';
    memcpy(text->bytes + text->length, part, length);
    text->length += length;
    text->bytes[text->length] = '\0';
    return 0;
}

static int make_directory(int parent, const char *name, mode_t mode, int like)
{
    if (like < 0)
        return (int)podrun_result(mkdirat(parent, name, mode));
    struct stat model;
    if (fstat(like, &model) < 0)
        return -errno;
    int made = (int)podrun_result(mkdirat(parent, name, 0700));
    if (made < 0)
        return made;
    int fd = (int)podrun_result(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd < 0)
        return fd;
    int result = (int)podrun_result(fchown(fd, model.st_uid, model.st_gid));
    if (result == 0)
        result = (int)podrun_result(fchmod(fd, model.st_mode & 07777));
    close(fd);
    return result;
}

static int make_file(int parent, const char *name)
{
    int fd = (int)podrun_result(openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

/* A link that points to nothing: `path` becomes where it points, plus what came after it. */
static int follow_dangling(int parent, const char *name, const struct path_text *before, const char *rest,
                           struct path_text *path)
{
    char link[PATH_MAX];
    ssize_t length = readlinkat(parent, name, link, sizeof link);
    if (length < 0)
        return -errno;
    struct path_text next = {.length = 0};
    int result = 0;
    if (link[0] != '/')
        result = append(&next, before->bytes, before->length);
    if (result == 0)
        result = append(&next, link, (size_t)length);
    if (result == 0)
        result = append(&next, rest, strlen(rest));
    if (result == 0)
        *path = next;
    return result;
}

int podrun_open_made(int root, const char *path, uint64_t resolve, enum podrun_path_kind kind, mode_t mode, int like)
{
    uint64_t wanted = O_PATH | (kind == PODRUN_PATH_DIRECTORY ? O_DIRECTORY : 0);
    int found = podrun_open_at(root, path, wanted, resolve);
    if (found != -ENOENT)
        return found;

    struct path_text whole = {.length = 0}, done = {.length = 0};
    int result = append(&whole, path, strlen(path));
    if (result < 0)
        return result;
    int links = 0;
    const char *at = whole.bytes;
    int current = podrun_open_at(root, ".", O_PATH | O_DIRECTORY, resolve);
    while (current >= 0) {
        at += strspn(at, "/");
        size_t length = strcspn(at, "/");
        if (length == 0)
            return current;
        char name[NAME_MAX + 1];
        if (length > NAME_MAX) {
            result = -ENAMETOOLONG;
            break;
        }
        memcpy(name, at, length);
        name[length] = '\0';
        const char *rest = at + length;
        bool is_last = rest[strspn(rest, "/")] == '\0';

        struct path_text before = done;
        result = append(&done, name, length);
        if (result < 0)
            break;
        int next = podrun_open_at(root, done.bytes, is_last ? wanted : O_PATH | O_DIRECTORY, resolve);
        if (next == -ENOENT) {
            result = is_last && kind == PODRUN_PATH_FILE ? make_file(current, name)
                                                         : make_directory(current, name, mode, like);
            if (result == -EEXIST && !(resolve & RESOLVE_NO_SYMLINKS) && links++ < LINKS_MAX) {
                result = follow_dangling(current, name, &before, rest, &whole);
                if (result < 0)
                    break;
                close(current);
                at = whole.bytes;
                done.length = 0;
                done.bytes[0] = '\0';
                current = podrun_open_at(root, ".", O_PATH | O_DIRECTORY, resolve);
                continue;
            }
            if (result < 0)
                break;
            next = podrun_open_at(current, name, is_last ? wanted : O_PATH | O_DIRECTORY,
                                  RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        }
        close(current);
        current = next;
        at = rest;
    }
    if (result < 0 && current >= 0)
        close(current);
    return result < 0 ? result : current;
}
