/* Umbrella header of what the Glibc module hides: the functions are in cshim.c, where _GNU_SOURCE can come first (inside
 * a Clang module it would be too late), so the prototypes here use plain types only. All return -1 with errno set. */
#ifndef PODRUN_CSHIM_H
#define PODRUN_CSHIM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "podrun_copy.h"
#include "podrun_files.h"
#include "podrun_keeper.h"
#include "podrun_program.h"

/* Files. `resolve` is RESOLVE_* of openat2(2). */
#define PODRUN_O_PATH                010000000
#define PODRUN_O_TMPFILE             020200000
#define PODRUN_RESOLVE_NO_XDEV       0x01
#define PODRUN_RESOLVE_NO_MAGICLINKS 0x02
#define PODRUN_RESOLVE_NO_SYMLINKS   0x04
#define PODRUN_RESOLVE_BENEATH       0x08
#define PODRUN_RESOLVE_IN_ROOT       0x10
int podrun_openat2(int directory, const char *path, int flags, unsigned mode, uint64_t resolve);

/* What statx says about one name, links not followed. `mount_id` is unique among the mounts alive now. */
struct podrun_node {
    uint64_t mount_id;
    uint64_t inode;
    uint64_t device;
    uint64_t size;
    uint32_t mode;
    uint32_t uid, gid;
    uint32_t links;
    uint64_t attributes; /* STATX_ATTR_* */
};
int podrun_statx(int directory, const char *name, int follow, struct podrun_node *node);

/* A detached copy of the mounts at an O_PATH descriptor and below it, in their peer groups (open_tree). */
int podrun_clone_mount(int fd);

/* 1 when the file system of `path` is a tmpfs, 0 when it is another one; -1 and errno when it can't be told. */
int podrun_is_tmpfs(const char *path);

/* Clears the immutable and append-only flags of an open file or directory. */
int podrun_clear_immutable(int fd);

/* Removes `name` and what is below it (tree.c); ENOENT when it was not there is success. `budget`: entries after which, or
 * before a big file, it stops with EINPROGRESS; 0 = goes to the end. */
int podrun_remove_tree(int directory, const char *name, unsigned budget);

/* Gives an open directory and what is below it to a group, with the rights of an fsGroup (own.c). */
int podrun_own_tree(int directory, uint32_t group);

/* Bytes on the disk of a directory and what is below it (usage.c); -1 when it can't be opened. */
int64_t podrun_tree_usage(const char *path);

/* A memfd with these bytes, sealed against every change, close-on-exec. */
int podrun_sealed_memfd(const char *name, const void *bytes, size_t count);
int podrun_memfd(const char *name);
int podrun_pipe(int fds[2]);

/* Open-file-description lock on the whole file. EAGAIN when `wait` is 0 and another holds it. */
int podrun_lock(int fd, int exclusive, int wait);
/* Ends it also for the description's other descriptors, as closing one doesn't. */
int podrun_unlock(int fd);

/* Loop */
struct podrun_ready {
    uint64_t token;
    uint32_t events;
};
int podrun_epoll_create(void);
int podrun_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int podrun_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int podrun_epoll_remove(int epoll, int fd);
/* `timeout_ns` < 0 waits for ever. */
int podrun_epoll_wait(int epoll, struct podrun_ready *ready, int capacity, int64_t timeout_ns);
/* Blocks the signals of `mask` (bit n-1 = signal n) in this thread and gives a non-blocking signalfd of them. */
int podrun_signalfd(uint64_t mask);
/* One signal: its number, 0 when none is pending. */
int podrun_signalfd_read(int fd, int32_t *sender);

/* Flushes a file and then its directory to the disk (fsync) on a thread of its own, and closes both. Gives a descriptor that
 * becomes readable when that is done: one int32_t, 0 or an errno. */
int podrun_flush(int file, int directory);

/* Sockets. `type` is one of these; listeners and accepted sockets are non-blocking, connected ones are not. */
#define PODRUN_STREAM         1
#define PODRUN_DATAGRAM       2
#define PODRUN_SEQPACKET      5
#define PODRUN_MAX_PASSED_FDS 253 /* SCM_MAX_FD */
ssize_t podrun_send(int socket, const void *bytes, size_t count, const int *fds, size_t fd_count, int flags);
/* `fd_count` comes in as the capacity and goes out as the number received; `truncated` is 1 when bytes or descriptors were lost. */
ssize_t podrun_receive(int socket, void *bytes, size_t count, int *fds, size_t *fd_count, int *truncated);
/* Binds with the given mode from the first moment and listens. */
int podrun_unix_listen(int type, const char *path, unsigned mode, int backlog);
int podrun_unix_connect(int type, const char *path);
int podrun_accept(int listener);
int podrun_peer(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid);
int podrun_socket_pair(int type, int fds[2]);
int podrun_set_nonblocking(int fd, int enabled);

#define PODRUN_NETLINK_ROUTE     0
#define PODRUN_NETLINK_NETFILTER 12
/* A bound netlink socket of the current network namespace; `groups` is a mask of RTNLGRP_* (bit n-1). */
int podrun_netlink_socket(int protocol, uint32_t groups, int nonblocking);
/* The index of the link with this name in the namespace of a socket, ENODEV: there is none. */
int podrun_link_index(int socket, const char *name);
/* The network namespace that a socket lives in, as an nsfs descriptor. */
int podrun_socket_namespace(int socket);
/* 1 when a host process holds the port: `protocol` IPPROTO_*, address in host byte order, 0 = any. */
int podrun_port_is_taken(int protocol, uint32_t address, uint16_t port);

/* Device filter of a cgroup2 directory: a BPF_PROG_TYPE_CGROUP_DEVICE program of 8-byte instructions. */
int podrun_device_filter_load(const uint64_t *instructions, size_t count);
int podrun_device_filter_attach(int cgroup, int program);

/* Namespaces of the calling thread only. */
int podrun_setns(int fd, int flags);
int podrun_unshare(int flags);

/* A new user namespace in which ids 0 to `count` - 1 are `first` and on of the caller's, as an nsfs descriptor. Nobody is in
 * it; what is mounted, joined or made with the descriptor keeps it. */
int podrun_user_namespace(uint32_t first, uint32_t count);

/* Processes */
int podrun_pidfd_open(int pid);
int podrun_pidfd_signal(int pidfd, int signal);
void podrun_not_dumpable(void); /* prctl PR_SET_DUMPABLE 0 */
/* Reaps the child of a pidfd without waiting: 1 = reaped, 0 = alive. */
int podrun_pidfd_reap(int pidfd, int32_t *code, int32_t *status);
struct podrun_spawn {
    int executable; /* memfd, or any file that can be executed */
    int cgroup;     /* cgroup2 directory, or -1 */
    int fds[5];     /* become 0 to 4; the others are closed by exec */
};
/* Has the kernel kill this process when the thread that started it ends; ESRCH when `parent` is gone already. */
int podrun_end_with_parent(int parent);
/* Gives up every capability whose bit is not in `kept`, new ones by exec, core files, more private memory than `data_bytes` and
 * files longer than `file_bytes`. */
int podrun_confine(uint64_t kept, uint64_t data_bytes, uint64_t file_bytes);
/* vfork-like clone into a new session; gives the pid, `pidfd` set. A failed exec is reported. */
int podrun_spawn(const struct podrun_spawn *spawn, char *const *argv, char *const *envp, int *pidfd);

#endif
