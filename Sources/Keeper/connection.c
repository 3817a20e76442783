/* The agent's connection and its requests. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "keeper.h"
#include "log.h"
#include "message.h"

#define DEFAULT_TMPFS_MODE 01777u

static int connection = -1;

static void disconnect(void)
{
    if (connection >= 0)
        close(connection);
    connection = -1;
}

/* The agent is gone. Without a pod there is nothing to keep: a spare ends with its agent. */
static void lose_agent(void)
{
    disconnect();
    podrun_keeper.is_shutting_down = podrun_keeper.is_shutting_down || !podrun_process_any();
}

void podrun_send(const struct podrun_event *event, int fd)
{
    if (connection < 0)
        return;
    struct podrun_event sent = *event;
    sent.magic = PODRUN_KEEPER_MAGIC;
    struct iovec part = {&sent, sizeof sent};
    if (podrun_send_message(connection, &part, 1, fd, MSG_DONTWAIT) != 0)
        lose_agent();
}

/* Root of this pid namespace. A container's root that found the socket on a hostPath is in another one. */
static bool is_agent(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.uid != 0 || peer.pid <= 0)
        return false;
    char path[32] = "/proc/", digits[12];
    size_t length = 6, count = 0;
    for (int rest = peer.pid; rest > 0; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    while (count > 0)
        path[length++] = digits[--count];
    strcpy(path + length, "/ns/pid");
    struct stat theirs, ours;
    return stat(path, &theirs) == 0 && fstat(podrun_keeper.pid_namespace, &ours) == 0 && theirs.st_ino == ours.st_ino &&
           theirs.st_dev == ours.st_dev;
}

static bool is_connected(void)
{
    struct pollfd state = {.fd = connection, .events = 0};
    return connection >= 0 && !(poll(&state, 1, 0) > 0 && state.revents & (POLLHUP | POLLERR | POLLNVAL));
}

void podrun_connection_accept(void)
{
    int fd = accept4(PODRUN_KEEPER_LISTEN_FD, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = podrun_watch(PODRUN_WATCH_CONNECTION, 0)};
    if (is_connected() || !is_agent(fd) || epoll_ctl(podrun_keeper.epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        close(fd);
        /* An agent that died before it was let in leaves a keeper that nobody will look for. */
        if (connection < 0)
            lose_agent();
        return;
    }
    disconnect();
    connection = fd;
    struct podrun_event hello = {.type = PODRUN_EVENT_HELLO, .version = PODRUN_KEEPER_VERSION};
    podrun_send(&hello, -1);
    podrun_process_announce();
    struct podrun_event ready = {.type = PODRUN_EVENT_READY, .version = PODRUN_KEEPER_VERSION};
    podrun_send(&ready, -1);
}

/* "size=123", "mode=1777": fsconfig takes text. */
static char *put_number(char *at, const char *key, uint64_t value, unsigned base)
{
    char digits[24];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + value % base);
    while ((value /= base) > 0);
    size_t length = strlen(key);
    memcpy(at, key, length);
    at += length;
    while (count > 0)
        *at++ = digits[--count];
    *at = '\0';
    return at + 1;
}

/* A directory descriptor of the tmpfs at `path`, made unless it is there already (an agent that asks again). */
static int mount_tmpfs(const struct podrun_request *request)
{
    uint64_t resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    if (request->path[0] != '/')
        return -EINVAL;
    int target = podrun_open_at(AT_FDCWD, request->path, O_PATH | O_DIRECTORY, resolve);
    if (target < 0)
        return target;
    struct statx about;
    struct statfs system;
    uint64_t page_size = request->mount_page_size;
    bool is_mounted = syscall(SYS_statx, target, "", AT_EMPTY_PATH, 0, &about) == 0 &&
                      about.stx_attributes & STATX_ATTR_MOUNT_ROOT && fstatfs(target, &system) == 0 &&
                      system.f_type == (page_size > 0 ? HUGETLBFS_MAGIC : TMPFS_MAGIC);
    if (!is_mounted) {
        char options[128] = "source=tmpfs";
        char *end = options + strlen(options) + 1;
        if (request->mount_size > 0)
            end = put_number(end, "size=", request->mount_size, 10);
        end = put_number(end, "mode=", request->mount_mode ? request->mount_mode & 07777 : DEFAULT_TMPFS_MODE, 8);
        if (page_size > 0)
            end = put_number(end, "pagesize=", page_size, 10);
        *end = '\0';
        int new =
            podrun_new_mount(page_size > 0 ? "hugetlbfs" : "tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
        int result = new < 0 ? new : podrun_attach(new, target);
        close(target);
        if (result < 0) {
            if (new >= 0)
                close(new);
            return result;
        }
        target = new;
    }
    int root = podrun_open_at(target, ".", O_RDONLY | O_DIRECTORY, resolve);
    close(target);
    return root;
}

static void reply_tmpfs(const struct podrun_request *request)
{
    int root = mount_tmpfs(request);
    struct podrun_event event = {.type = root < 0 ? PODRUN_EVENT_FAILED : PODRUN_EVENT_MOUNTED,
                                 .id = request->id,
                                 .op_index = root < 0 ? PODRUN_FAILED_BEFORE_CLONE : 0,
                                 .error = root < 0 ? -root : 0};
    podrun_send(&event, root);
    if (root >= 0)
        close(root);
}

static bool is_log_name(const char *name)
{
    return memchr(name, '\0', PODRUN_LOG_NAME_MAX) && name[0] != '\0' && name[0] != '.' && !strchr(name, '/');
}

static void refuse(const struct podrun_request *request, int error)
{
    struct podrun_event event = {
        .type = PODRUN_EVENT_FAILED, .id = request->id, .op_index = PODRUN_FAILED_BEFORE_CLONE, .error = error};
    podrun_send(&event, -1);
}

static void close_all(const int *fds, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++)
        close(fds[index]);
}

static void handle(const struct podrun_request *request, const int *fds, uint32_t count)
{
    int error = 0;
    if (request->type == PODRUN_REQUEST_RUN || request->type == PODRUN_REQUEST_MOUNT_TMPFS)
        error = podrun_keeper_enter_mounts();
    if (error != 0) {
        refuse(request, error);
        close_all(fds, count);
        return;
    }
    switch (request->type) {
    case PODRUN_REQUEST_RUN: {
        if (!podrun_wants_log(request) || is_log_name(request->log_name)) {
            podrun_process_run(request, fds, count);
            return;
        }
        refuse(request, EINVAL);
        break;
    }
    case PODRUN_REQUEST_MOUNT_TMPFS:
        reply_tmpfs(request);
        break;
    case PODRUN_REQUEST_FORGET:
        podrun_process_forget(request->id);
        break;
    case PODRUN_REQUEST_REOPEN_LOG:
        podrun_process_reopen_log(request->id);
        break;
    case PODRUN_REQUEST_KILL:
        podrun_process_kill(request->id);
        break;
    case PODRUN_REQUEST_ATTACH:
        if (count != 1)
            break;
        podrun_process_attach(request, fds[0]);
        return;
    case PODRUN_REQUEST_SHUTDOWN:
        podrun_keeper.is_shutting_down = true;
        podrun_process_kill_all();
        break;
    default:
        refuse(request, EINVAL);
    }
    close_all(fds, count);
}

void podrun_connection_receive(void)
{
    if (connection < 0)
        return;
    struct podrun_request request;
    memset(&request, 0, sizeof request);
    struct iovec part = {&request, sizeof request};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(PODRUN_MAX_REQUEST_FDS * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t size = recvmsg(connection, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        lose_agent();
        return;
    }
    int fds[PODRUN_MAX_REQUEST_FDS];
    uint32_t count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        uint32_t here = (uint32_t)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (uint32_t index = 0; index < here; index++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + index * sizeof fd, sizeof fd);
            if (count < PODRUN_MAX_REQUEST_FDS)
                fds[count++] = fd;
            else
                close(fd);
        }
    }
    bool is_whole = !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
    if (is_whole && size >= (ssize_t)offsetof(struct podrun_request, path) && request.magic == PODRUN_KEEPER_MAGIC &&
        request.path[PODRUN_PATH_MAX - 1] == '\0') {
        handle(&request, fds, count);
        return;
    }
    refuse(&request, EBADMSG);
    close_all(fds, count);
}
