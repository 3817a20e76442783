/* Files, event loop and sockets: fixed-arity faces of calls that Swift's Glibc module hides. */
#define _GNU_SOURCE 1
#include "cshim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

_Static_assert(PODRUN_O_PATH == O_PATH, "O_PATH");
_Static_assert(PODRUN_O_TMPFILE == O_TMPFILE, "O_TMPFILE");

/* Closes without touching the errno that is about to be reported. */
static int failed(int fd)
{
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

/* Files */

int podrun_openat2(int directory, const char *path, int flags, unsigned mode, uint64_t resolve)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)flags, .mode = mode, .resolve = resolve};
    /* EAGAIN: a rename or mount raced with the walk below a root; the kernel asks to try again. */
    for (int attempt = 0;; attempt++) {
        int fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN || attempt == 64)
            return fd;
    }
}

int podrun_statx(int directory, const char *name, int follow, struct podrun_node *node)
{
    struct statx s;
    int flags = AT_NO_AUTOMOUNT | AT_EMPTY_PATH | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
    if (statx(directory, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, &s) != 0)
        return -1;
    *node = (struct podrun_node){
        .mount_id = s.stx_mnt_id,
        .inode = s.stx_ino,
        .device = makedev(s.stx_dev_major, s.stx_dev_minor),
        .size = s.stx_size,
        .mode = s.stx_mode,
        .uid = s.stx_uid,
        .gid = s.stx_gid,
        .links = s.stx_nlink,
        .attributes = s.stx_attributes,
    };
    return 0;
}

int podrun_clone_mount(int fd)
{
    return (int)syscall(SYS_open_tree, fd, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

int podrun_is_tmpfs(const char *path)
{
    struct statfs facts;
    return statfs(path, &facts) == 0 ? facts.f_type == TMPFS_MAGIC : -1;
}

int podrun_clear_immutable(int fd)
{
    int flags = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
        return -1;
    flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
    return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

int podrun_memfd(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int podrun_sealed_memfd(const char *name, const void *bytes, size_t count)
{
    int fd = podrun_memfd(name);
    if (fd < 0)
        return -1;
    for (size_t done = 0; done < count;) {
        ssize_t n = write(fd, (const char *)bytes + done, count - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(fd);
        done += (size_t)n;
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return failed(fd);
    return fd;
}

int podrun_pipe(int fds[2])
{
    return pipe2(fds, O_CLOEXEC);
}

int podrun_lock(int fd, int exclusive, int wait)
{
    struct flock lock = {.l_type = exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET};
    return fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
}

int podrun_unlock(int fd)
{
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &lock);
}

/* Loop */

int podrun_epoll_create(void)
{
    return epoll_create1(EPOLL_CLOEXEC);
}

int podrun_epoll_add(int epoll, int fd, uint32_t events, uint64_t token)
{
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int podrun_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token)
{
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

int podrun_epoll_remove(int epoll, int fd)
{
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
}

int podrun_epoll_wait(int epoll, struct podrun_ready *ready, int capacity, int64_t timeout_ns)
{
    struct epoll_event events[64];
    struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    if (capacity > 64)
        capacity = 64;
    int n = epoll_pwait2(epoll, events, capacity, timeout_ns < 0 ? NULL : &timeout, NULL);
    for (int i = 0; i < n; i++)
        ready[i] = (struct podrun_ready){.token = events[i].data.u64, .events = events[i].events};
    return n;
}

int podrun_signalfd(uint64_t mask)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 1; i <= 64; i++)
        if (mask & (1ull << (i - 1)))
            sigaddset(&set, i);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int podrun_signalfd_read(int fd, int32_t *sender)
{
    struct signalfd_siginfo info;
    ssize_t n = read(fd, &info, sizeof info);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    *sender = (int32_t)info.ssi_pid;
    return (int)info.ssi_signo;
}

/* Sockets */

ssize_t podrun_send(int socket, const void *bytes, size_t count, const int *fds, size_t fd_count, int flags)
{
    union {
        char bytes[CMSG_SPACE(PODRUN_MAX_PASSED_FDS * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec vector = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (fd_count > PODRUN_MAX_PASSED_FDS) {
        errno = E2BIG;
        return -1;
    }
    if (fd_count > 0) {
        memset(&control, 0, CMSG_SPACE(fd_count * sizeof(int)));
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
    }
    return sendmsg(socket, &message, flags | MSG_NOSIGNAL);
}

ssize_t podrun_receive(int socket, void *bytes, size_t count, int *fds, size_t *fd_count, int *truncated)
{
    union {
        char bytes[CMSG_SPACE(PODRUN_MAX_PASSED_FDS * sizeof(int))];
        struct cmsghdr align;
    } control;
    size_t capacity = *fd_count < PODRUN_MAX_PASSED_FDS ? *fd_count : PODRUN_MAX_PASSED_FDS;
    struct iovec vector = {.iov_base = bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (capacity > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(capacity * sizeof(int));
    }
    *fd_count = 0;
    *truncated = 0;
    ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (n < 0)
        return -1;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h != NULL; h = CMSG_NXTHDR(&message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        size_t received = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < received; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof fd);
            /* CMSG_SPACE rounds up, so one more than asked for can arrive. */
            if (*fd_count < capacity) {
                fds[(*fd_count)++] = fd;
            } else {
                close(fd);
                *truncated = 1;
            }
        }
    }
    if (message.msg_flags & (MSG_CTRUNC | MSG_TRUNC))
        *truncated = 1;
    return n;
}

static int address(const char *path, struct sockaddr_un *result)
{
    *result = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof result->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(result->sun_path, path);
    return 0;
}

static int kind(int type)
{
    return (type == PODRUN_SEQPACKET  ? SOCK_SEQPACKET
            : type == PODRUN_DATAGRAM ? SOCK_DGRAM
                                      : SOCK_STREAM) |
           SOCK_CLOEXEC;
}

int podrun_unix_listen(int type, const char *path, unsigned mode, int backlog)
{
    struct sockaddr_un name;
    if (address(path, &name) != 0)
        return -1;
    int fd = socket(AF_UNIX, kind(type) | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    /* The mode of the unbound socket's inode is what bind gives the file: it is never wider, not even for a moment. */
    if (fchmod(fd, mode) != 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || listen(fd, backlog) != 0)
        return failed(fd);
    return fd;
}

int podrun_unix_connect(int type, const char *path)
{
    struct sockaddr_un name;
    if (address(path, &name) != 0)
        return -1;
    int fd = socket(AF_UNIX, kind(type), 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&name, sizeof name) != 0)
        return failed(fd);
    return fd;
}

int podrun_accept(int listener)
{
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int podrun_peer(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return -1;
    *pid = peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}

int podrun_socket_pair(int type, int fds[2])
{
    return socketpair(AF_UNIX, kind(type), 0, fds);
}

int podrun_set_nonblocking(int fd, int enabled)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -1;
    return fcntl(fd, F_SETFL, enabled ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int podrun_netlink_socket(int protocol, uint32_t groups, int nonblocking)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), protocol);
    if (fd < 0)
        return -1;
    struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = groups};
    if (bind(fd, (struct sockaddr *)&name, sizeof name) != 0)
        return failed(fd);
    return fd;
}

int podrun_socket_namespace(int socket)
{
    return ioctl(socket, SIOCGSKNS);
}

int podrun_link_index(int socket, const char *name)
{
    struct ifreq link = {0};
    if (strlen(name) >= sizeof link.ifr_name) {
        errno = ENODEV;
        return -1;
    }
    strcpy(link.ifr_name, name);
    return ioctl(socket, SIOCGIFINDEX, &link) < 0 ? -1 : link.ifr_ifindex;
}

int podrun_port_is_taken(int protocol, uint32_t address, uint16_t port)
{
    int type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        return errno == EPROTONOSUPPORT ? 0 : -1; /* no SCTP here: nobody can hold the port */
    int on = 1;
    /* Connections in TIME_WAIT hold nothing; a listener does in spite of this. For UDP it would share the port. */
    if (protocol == IPPROTO_TCP)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    int result = bind(fd, (struct sockaddr *)&name, sizeof name);
    int error = errno;
    close(fd);
    errno = error;
    if (result == 0)
        return 0;
    return error == EADDRINUSE ? 1 : -1;
}

int podrun_device_filter_load(const uint64_t *instructions, size_t count)
{
    union bpf_attr attributes = {
        .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
        .insns = (uint64_t)(uintptr_t)instructions,
        .insn_cnt = (uint32_t)count,
        .license = (uint64_t)(uintptr_t) "",
    };
    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

int podrun_device_filter_attach(int cgroup, int program)
{
    union bpf_attr attributes = {
        .target_fd = (uint32_t)cgroup,
        .attach_bpf_fd = (uint32_t)program,
        .attach_type = BPF_CGROUP_DEVICE,
        /* A filter that somebody put on an outer cgroup holds as well. */
        .attach_flags = BPF_F_ALLOW_MULTI,
    };
    int result = (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes);
    if (result == 0 || errno != EINVAL)
        return result;
    /* Attached already, by a start that was given up: the kernel takes no filter twice. */
    union bpf_attr attached = {
        .target_fd = (uint32_t)cgroup, .attach_bpf_fd = (uint32_t)program, .attach_type = BPF_CGROUP_DEVICE};
    if (syscall(SYS_bpf, BPF_PROG_DETACH, &attached, sizeof attached) != 0) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes);
}

int podrun_setns(int fd, int flags)
{
    return setns(fd, flags);
}

int podrun_unshare(int flags)
{
    return unshare(flags);
}

/* Processes (spawn.c has the rest) */

int podrun_pidfd_open(int pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

void podrun_not_dumpable(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int podrun_pidfd_signal(int pidfd, int signal)
{
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int podrun_pidfd_reap(int pidfd, int32_t *code, int32_t *status)
{
    siginfo_t info = {0};
    if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) != 0)
        return -1;
    if (info.si_pid == 0)
        return 0;
    *code = info.si_code;
    *status = info.si_status;
    return 1;
}
