/* To the container: a stream as a tree. */
#define _GNU_SOURCE
#include "copier.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UMASK 022

static bool preserves;

/* A directory whose entries are being written. */
struct level {
    int fd;
    bool is_new;
    struct podrun_copy_record about;
};

static struct level levels[PODRUN_COPY_DEPTH_MAX + 1];
static int depth;

_Noreturn static void fail(const char *verb, int error)
{
    copier_failed(verb, error);
    copier_flush();
    exit(1);
}

/* As tar does: root keeps owner and mode, others get what their umask leaves. */
static void set_attributes(int fd, const struct podrun_copy_record *about)
{
    mode_t mode = about->mode & 0777 & ~UMASK;
    if (preserves) {
        mode = about->mode & 07777;
        /* A container without CAP_CHOWN owns what it gets; then not with another's set-id bits. */
        if (fchown(fd, about->uid, about->gid) < 0)
            mode &= 0777;
    }
    if (fchmod(fd, mode) < 0)
        fail("chmod", errno);
}

static void enter_directory(int parent, const char *name, const struct podrun_copy_record *about)
{
    if (depth > PODRUN_COPY_DEPTH_MAX)
        fail("make directory", ELOOP);
    struct level *level = &levels[depth];
    level->about = *about;
    level->is_new = mkdirat(parent, name, 0700) == 0;
    if (!level->is_new && errno != EEXIST)
        fail("make directory", errno);
    /* A link to a directory that was there before stands for that directory (/lib -> usr/lib). */
    level->fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (level->fd < 0)
        fail("open directory", errno);
    depth++;
}

static void leave_directory(void)
{
    const struct level *level = &levels[--depth];
    /* Last, so that a directory without write permission can be filled. */
    if (level->is_new)
        set_attributes(level->fd, &level->about);
    close(level->fd);
}

static int open_file(int parent, const char *name, bool *is_new)
{
    const int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    *is_new = false;
    int fd = openat(parent, name, flags | O_TRUNC);
    if (fd >= 0)
        return fd;
    /* A link, or a program that runs: it makes room. */
    if ((errno == ELOOP || errno == ETXTBSY) && unlinkat(parent, name, 0) < 0)
        return -1;
    if (errno != ENOENT && errno != ELOOP && errno != ETXTBSY)
        return -1;
    *is_new = true;
    return openat(parent, name, flags | O_CREAT | O_EXCL, 0600);
}

static void write_file(int parent, const char *name, const struct podrun_copy_record *about)
{
    static char data_name[PODRUN_COPY_NAME_MAX + 1];
    static char block[PODRUN_COPY_BLOCK];
    struct stat now;
    bool is_new;
    int fd = open_file(parent, name, &is_new);
    if (fd < 0)
        fail("open", errno);
    if (fstat(fd, &now) < 0 || !S_ISREG(now.st_mode))
        fail("open", EINVAL);
    for (;;) {
        struct podrun_copy_record data;
        copier_receive(&data, data_name, block);
        if (data.kind != PODRUN_COPY_DATA)
            fail("write", EPROTO);
        if (data.text_size == 0)
            break;
        for (size_t done = 0; done < data.text_size;) {
            ssize_t count = write(fd, block + done, data.text_size - done);
            if (count < 0 && errno != EINTR)
                fail("write", errno);
            if (count > 0)
                done += (size_t)count;
        }
    }
    if (is_new || preserves)
        set_attributes(fd, about);
    close(fd);
}

static void make_link(int parent, const char *name, const struct podrun_copy_record *about, const char *target)
{
    struct stat old;
    if (symlinkat(target, parent, name) < 0) {
        if (errno != EEXIST || fstatat(parent, name, &old, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(old.st_mode) ||
            unlinkat(parent, name, 0) < 0 || symlinkat(target, parent, name) < 0)
            fail("make link", errno);
    }
    if (preserves && fchownat(parent, name, about->uid, about->gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != EPERM)
        fail("chown", errno);
}

static void write_node(int parent, const char *name, const struct podrun_copy_record *record, const char *text)
{
    if (record->kind == PODRUN_COPY_DIRECTORY)
        enter_directory(parent, name, record);
    else if (record->kind == PODRUN_COPY_FILE)
        write_file(parent, name, record);
    else if (record->kind == PODRUN_COPY_LINK)
        make_link(parent, name, record, text);
    else
        fail("write", EPROTO);
}

/* Where the stream's first entry goes: into `path` under its own name if that is a directory, else it is `path`. Gives
 * the open directory above it; `name` becomes its name there. */
static int choose_target(const char *path, char *name)
{
    static char parent[PATH_MAX];
    struct stat about;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        strcpy(parent, path);
        if (*name)
            copier_enter(name);
        else
            strcpy(name, ".");
    } else {
        strcpy(parent, path);
        size_t size = strlen(parent);
        while (size > 1 && parent[size - 1] == '/')
            parent[--size] = '\0';
        char *slash = strrchr(parent, '/');
        const char *last = slash ? slash + 1 : parent;
        if (strlen(last) > PODRUN_COPY_NAME_MAX)
            fail("open", ENAMETOOLONG);
        strcpy(name, last);
        if (slash == parent)
            strcpy(parent, "/");
        else if (slash)
            *slash = '\0';
        else
            strcpy(parent, ".");
    }
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        copier_leave();
        copier_enter(parent);
        fail("open directory", errno);
    }
    return fd;
}

void copier_write(const char *path, bool plain)
{
    static char name[PODRUN_COPY_NAME_MAX + 1];
    static char text[PODRUN_COPY_BLOCK];
    struct podrun_copy_record record;
    preserves = !plain && geteuid() == 0;
    copier_enter(path);
    if (strlen(path) >= PATH_MAX)
        fail("open", ENAMETOOLONG);
    copier_receive(&record, name, text);
    int top = choose_target(path, name);
    write_node(top, name, &record, text);
    while (depth > 0) {
        copier_receive(&record, name, text);
        if (record.kind == PODRUN_COPY_LEAVE) {
            leave_directory();
            if (depth > 0)
                copier_leave();
            continue;
        }
        copier_enter(name);
        write_node(levels[depth - 1].fd, name, &record, text);
        if (record.kind != PODRUN_COPY_DIRECTORY)
            copier_leave();
    }
    struct podrun_copy_record end = {.kind = PODRUN_COPY_END};
    copier_send(&end, NULL, NULL);
    copier_flush();
}
