/* Process attributes and execve. */
#define _GNU_SOURCE
#include "child.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libc's setres[ug]id and setgroups walk threads that this copy of the process doesn't have: system calls only. */

static int netlink(struct podrun_child *child, const struct podrun_op *op)
{
    int fd = (int)podrun_result(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (fd < 0)
        return fd;
    int result = podrun_hand_back(child, (uint32_t)op->x, false, fd);
    close(fd);
    return result;
}

static int write_file(struct podrun_child *child, const struct podrun_op *op)
{
    int fd = (int)podrun_result(open(podrun_string(child, op->s0), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (fd < 0)
        return fd;
    long written = podrun_result(write(fd, podrun_string(child, op->s1), op->x));
    close(fd);
    if (written < 0)
        return (int)written;
    return (uint64_t)written == op->x ? 0 : -EIO;
}

static bool is_forbidden(int result)
{
    return result == -EPERM || result == -EACCES;
}

static int set_limit(const struct podrun_op *op)
{
    struct {
        uint64_t soft, hard;
    } limit = {op->x, op->y}, current;
    int result = (int)podrun_result(syscall(SYS_prlimit64, 0, op->s0, &limit, NULL));
    if (!is_forbidden(result) || !(op->flags & PODRUN_F_TOLERATE_EPERM))
        return result;
    result = (int)podrun_result(syscall(SYS_prlimit64, 0, op->s0, NULL, &current));
    if (result < 0)
        return result;
    if (limit.hard > current.hard)
        limit.hard = current.hard;
    if (limit.soft > current.hard)
        limit.soft = current.hard;
    return (int)podrun_result(syscall(SYS_prlimit64, 0, op->s0, &limit, NULL));
}

static int join_keyring(struct podrun_child *child, const struct podrun_op *op)
{
    const char *name = podrun_string(child, op->s0);
    long key = podrun_result(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, *name ? name : NULL, 0, 0, 0));
    return key < 0 && key != -ENOSYS ? (int)key : 0; /* a kernel without keys has none to share */
}

/* CVE-2024-21626: a directory outside the root would show as "(unreachable)/..." or not at all. */
static int enter_directory(struct podrun_child *child, const struct podrun_op *op)
{
    int root = (int)podrun_result(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (root < 0)
        return root;
    int directory = podrun_open_made(root, podrun_string(child, op->s0), podrun_resolve_in_root(false),
                                     PODRUN_PATH_DIRECTORY, 0755, -1);
    close(root);
    if (directory < 0)
        return directory;
    int result = (int)podrun_result(fchdir(directory));
    close(directory);
    if (result < 0)
        return result;
    char path[PATH_MAX];
    long length = podrun_result(syscall(SYS_getcwd, path, sizeof path));
    if (length < 0)
        return (int)length;
    return path[0] == '/' ? 0 : -ENOENT;
}

static int drop_bounding(uint64_t keep)
{
    for (unsigned capability = 0; capability < 64; capability++) {
        if (keep >> capability & 1)
            continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
            return errno == EINVAL ? 0 : -errno; /* past the last one */
    }
    return 0;
}

static int set_capabilities(uint64_t permitted)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {
        {.effective = (uint32_t)permitted, .permitted = (uint32_t)permitted},
        {.effective = (uint32_t)(permitted >> 32), .permitted = (uint32_t)(permitted >> 32)},
    };
    return (int)podrun_result(syscall(SYS_capset, &header, sets));
}

static int raise_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    int result = (int)podrun_result(syscall(SYS_capget, &header, sets));
    return result < 0 ? result : set_capabilities(sets[0].permitted | (uint64_t)sets[1].permitted << 32);
}

/* The container's user may open /dev/stdout and /dev/tty again: pipes and the terminal made for it become its own. What
 * has a name on the host (files, FIFOs, its terminals) keeps its owner. `group` -1: it stays. */
static int give_stdio(const struct podrun_child *child, uid_t user, gid_t group)
{
    for (int fd = 0; fd < 3; fd++) {
        struct stat file;
        struct statfs system;
        if (fstat(fd, &file) < 0 || fstatfs(fd, &system) < 0)
            return -errno;
        bool is_nameless = system.f_type == PIPEFS_MAGIC || (child->owns_terminal && S_ISCHR(file.st_mode));
        if (is_nameless && file.st_uid != user && fchown(fd, user, group) < 0)
            return -errno;
    }
    return 0;
}

/* Files belong to whom they are made as. Without the securebit the rights to make them anywhere would go with the id; it
 * is undone when the user namespace is joined. */
static int make_as(const struct podrun_child *child, uid_t owner)
{
    int result = give_stdio(child, owner, owner);
    if (result == 0)
        result = (int)podrun_result(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0));
    if (result < 0)
        return result;
    /* These answer with the id that was: an id that nobody has changes nothing and tells. */
    syscall(SYS_setfsgid, owner);
    syscall(SYS_setfsuid, owner);
    bool changed = (gid_t)syscall(SYS_setfsgid, -1) == owner && (uid_t)syscall(SYS_setfsuid, -1) == owner;
    return changed ? 0 : -EPERM;
}

/* Capabilities stay until CAPABILITIES, so that a filter can be loaded without no_new_privs after this. */
static int set_identity(const struct podrun_child *child, const struct podrun_op *op)
{
    int result = give_stdio(child, (uid_t)op->x, (gid_t)-1);
    if (result == 0)
        result = (int)podrun_result(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    if (result == 0)
        result = (int)podrun_result(syscall(SYS_setresgid, op->y, op->y, op->y));
    if (result == 0)
        result = (int)podrun_result(syscall(SYS_setresuid, op->x, op->x, op->x));
    return result < 0 ? result : raise_capabilities();
}

/* Everything here is opened close-on-exec; this is for what is not known of. */
static int mark_descriptors(void)
{
    return (int)podrun_result(syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */));
}

static int load_filter(struct podrun_child *child, const struct podrun_op *op)
{
    struct sock_fprog filter = {
        .len = (unsigned short)op->x,
        .filter = (struct sock_filter *)(uintptr_t)podrun_string(child, op->s0),
    };
    int result = mark_descriptors(); /* the filter may not know close_range */
    if (result < 0)
        return result;
    child->is_filtered = true;
    return (int)podrun_result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned)op->y, &filter));
}

static int limit_capabilities(uint64_t permitted)
{
    int result = (int)podrun_result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
    return result < 0 ? result : set_capabilities(permitted);
}

/* `count` strings in a row as execve wants them, in pages of its own. */
static const char **vector(const char *strings, size_t count)
{
    const char **entries =
        mmap(NULL, (count + 1) * sizeof *entries, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (entries == MAP_FAILED)
        return NULL;
    for (size_t index = 0; index < count; index++) {
        entries[index] = strings;
        strings += strlen(strings) + 1;
    }
    return entries;
}

/* One candidate. ENOENT means that it isn't there. */
static int try_exec(const char *path, const char **arguments, const char **environment)
{
    long result = podrun_result(syscall(SYS_execve, path, arguments, environment));
    struct stat file;
    if (result == -EACCES && stat(path, &file) == 0 && S_ISDIR(file.st_mode))
        return -EISDIR;
    if (result == -ENOENT && stat(path, &file) == 0)
        return -ELIBACC;
    return (int)result;
}

static int search(const char *directories, const char **arguments, const char **environment)
{
    const char *name = arguments[0];
    size_t name_length = strlen(name);
    int result = -ENOENT;
    for (const char *at = directories;; at++) {
        size_t length = strcspn(at, ":");
        char path[PATH_MAX];
        if (length + 1 + name_length < sizeof path) {
            memcpy(path, length ? at : ".", length ? length : 1);
            size_t end = length ? length : 1;
            path[end] = '/';
            memcpy(path + end + 1, name, name_length + 1);
            int tried = try_exec(path, arguments, environment);
            if (tried == -EACCES)
                result = -EACCES; /* reported if nothing better comes */
            else if (tried != -ENOENT && tried != -ENOTDIR && tried != -EISDIR)
                return tried;
        }
        at += length;
        if (*at == '\0')
            return result;
    }
}

static int execute(struct podrun_child *child, const struct podrun_op *op)
{
    const char *variables = podrun_string(child, op->s1);
    const char **arguments = vector(podrun_string(child, op->s0), op->x);
    const char **environment = vector(variables, podrun_list_count(variables));
    if (!arguments || !environment)
        return -ENOMEM;
    int result = child->is_filtered ? 0 : mark_descriptors();
    if (result < 0)
        return result;
    if (op->code == PODRUN_OP_EXEC_FD)
        return (int)podrun_result(
            syscall(SYS_execveat, child->slots[op->slot], "", arguments, environment, AT_EMPTY_PATH));
    const char *directories = podrun_string(child, op->s2);
    if (*directories && !strchr(arguments[0], '/'))
        return search(directories, arguments, environment);
    result = try_exec(arguments[0], arguments, environment);
    return result == -EISDIR ? -EACCES : result;
}

int podrun_process_op(struct podrun_child *child, const struct podrun_op *op)
{
    switch (op->code) {
    case PODRUN_OP_SETNS:
        return (int)podrun_result(setns(child->slots[op->slot], (int)op->x));
    case PODRUN_OP_UNSHARE:
        return (int)podrun_result(unshare((int)op->x));
    case PODRUN_OP_NETLINK:
        return netlink(child, op);
    case PODRUN_OP_WRITE_FILE:
        return write_file(child, op);
    case PODRUN_OP_CHDIR:
        return (int)podrun_result(chdir(podrun_string(child, op->s0)));
    case PODRUN_OP_HOSTNAME: {
        const char *name = podrun_string(child, op->s0);
        return (int)podrun_result(sethostname(name, strlen(name)));
    }
    case PODRUN_OP_RLIMIT:
        return set_limit(op);
    case PODRUN_OP_KEYRING:
        return join_keyring(child, op);
    case PODRUN_OP_WORKDIR:
        return enter_directory(child, op);
    case PODRUN_OP_BOUNDING:
        return drop_bounding(op->x);
    case PODRUN_OP_GROUPS:
        return (int)podrun_result(syscall(SYS_setgroups, op->x, podrun_string(child, op->s0)));
    case PODRUN_OP_IDENTITY:
        return set_identity(child, op);
    case PODRUN_OP_OWNER:
        return make_as(child, (uid_t)op->x);
    case PODRUN_OP_NO_NEW_PRIVS:
        return (int)podrun_result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    case PODRUN_OP_SECCOMP:
        return load_filter(child, op);
    case PODRUN_OP_CAPABILITIES:
        return limit_capabilities(op->x);
    case PODRUN_OP_UMASK:
        umask((mode_t)op->x);
        return 0;
    case PODRUN_OP_EXEC:
    case PODRUN_OP_EXEC_FD:
        return execute(child, op);
    default:
        return podrun_mount_op(child, op);
    }
}
