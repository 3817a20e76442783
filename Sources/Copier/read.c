/* From the container: a tree as a stream. */
#define _GNU_SOURCE
#include "copier.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Neither a FIFO nor a terminal in a file's place holds the copy up. */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static void send_entry(int parent, const char *name, int depth);

static struct podrun_copy_record describe(uint32_t kind, const struct stat *about, const char *name)
{
    return (struct podrun_copy_record){
        .kind = kind,
        .mode = about->st_mode & 07777,
        .uid = about->st_uid,
        .gid = about->st_gid,
        .name_size = (uint32_t)strlen(name),
    };
}

static void send_file(int fd, const struct stat *about, const char *name)
{
    static char block[PODRUN_COPY_BLOCK];
    struct podrun_copy_record record = describe(PODRUN_COPY_FILE, about, name);
    copier_send(&record, name, NULL);
    for (;;) {
        ssize_t count = read(fd, block, sizeof block);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            copier_failed("read", errno);
            break;
        }
        struct podrun_copy_record data = {.kind = PODRUN_COPY_DATA, .text_size = (uint32_t)count};
        copier_send(&data, NULL, block);
        if (count == 0)
            break;
    }
    close(fd);
}

static void send_directory(int fd, const struct stat *about, const char *name, int depth)
{
    DIR *directory = depth < PODRUN_COPY_DEPTH_MAX ? fdopendir(fd) : NULL;
    if (!directory) {
        copier_failed("open directory", depth < PODRUN_COPY_DEPTH_MAX ? errno : ELOOP);
        close(fd);
        return;
    }
    struct podrun_copy_record record = describe(PODRUN_COPY_DIRECTORY, about, name);
    copier_send(&record, name, NULL);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            copier_enter(entry->d_name);
            send_entry(dirfd(directory), entry->d_name, depth + 1);
            copier_leave();
        }
    }
    if (errno != 0)
        copier_failed("read directory", errno);
    closedir(directory);
    struct podrun_copy_record end = {.kind = PODRUN_COPY_LEAVE};
    copier_send(&end, NULL, NULL);
}

static void send_link(int parent, const struct stat *about, const char *name)
{
    char target[PODRUN_COPY_PATH_MAX + 1];
    ssize_t size = readlinkat(parent, name, target, sizeof target);
    if (size < 0 || size > PODRUN_COPY_PATH_MAX) {
        copier_failed("read link", size < 0 ? errno : ENAMETOOLONG);
        return;
    }
    struct podrun_copy_record record = describe(PODRUN_COPY_LINK, about, name);
    record.text_size = (uint32_t)size;
    copier_send(&record, name, target);
}

/* `flags`: O_NOFOLLOW for what is found in a directory. */
static void send_node(int parent, const char *path, const char *name, int flags, int depth)
{
    struct stat about;
    int fd = openat(parent, path, OPEN_FLAGS | flags);
    if (fd < 0 || fstat(fd, &about) < 0) {
        copier_failed("open", errno);
        if (fd >= 0)
            close(fd);
        return;
    }
    if (S_ISDIR(about.st_mode)) {
        send_directory(fd, &about, name, depth);
    } else if (S_ISREG(about.st_mode)) {
        send_file(fd, &about, name);
    } else {
        copier_skipped();
        close(fd);
    }
}

static void send_entry(int parent, const char *name, int depth)
{
    struct stat about;
    if (fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) < 0)
        copier_failed("open", errno);
    else if (S_ISLNK(about.st_mode))
        send_link(parent, &about, name);
    else if (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))
        send_node(parent, name, name, O_NOFOLLOW, depth);
    else
        copier_skipped();
}

void copier_read(const char *path)
{
    struct stat about;
    copier_enter(path);
    /* The user's own path is followed where it leads in the container. */
    if (stat(path, &about) < 0)
        copier_failed("open", errno);
    else if (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))
        send_node(AT_FDCWD, path, "", 0, 0);
    else
        copier_skipped();
    struct podrun_copy_record end = {.kind = PODRUN_COPY_END};
    copier_send(&end, NULL, NULL);
    copier_flush();
}
