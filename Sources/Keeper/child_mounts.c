/* Mount ops: by descriptors from resolution to attachment, except overlay, whose data exceeds fsconfig's 255 bytes. */
#define _GNU_SOURCE
#include "child.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* musl's <sys/mount.h> and the kernel's <linux/mount.h> define the same names. */
#define MNT_DETACH 2
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);

#define OPTION_SIZE 256
#define EMPTY_FILE  ".podrun-empty"
#define NULL_DEVICE makedev(1, 3)
#define PTMX_DEVICE makedev(5, 2)

int podrun_attach(int mount, int target)
{
    return (int)podrun_result(
        syscall(SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

static int clone_tree(int directory, const char *path, bool recursive)
{
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) | (*path ? 0 : AT_EMPTY_PATH);
    return (int)podrun_result(syscall(SYS_open_tree, directory, path, flags));
}

static int set_attributes(int mount, uint64_t attributes, uint64_t propagation, bool recursive)
{
    struct mount_attr change = {.attr_set = attributes, .propagation = propagation};
    /* The access time modes are one field, not flags: changing it means clearing it first. */
    if (attributes & MOUNT_ATTR__ATIME)
        change.attr_clr = MOUNT_ATTR__ATIME;
    if (attributes == 0 && propagation == 0)
        return 0;
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return (int)podrun_result(syscall(SYS_mount_setattr, mount, "", flags, &change, sizeof change));
}

static int allow_execution(int mount)
{
    struct mount_attr change = {.attr_clr = MOUNT_ATTR_NOEXEC};
    return (int)podrun_result(syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &change, sizeof change));
}

static int map_ids(struct podrun_child *child, const struct podrun_op *op)
{
    struct mount_attr change = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)child->slots[op->x]};
    return (int)podrun_result(
        syscall(SYS_mount_setattr, child->slots[op->slot], "", AT_EMPTY_PATH, &change, sizeof change));
}

static int set_option(int context, const char *option)
{
    const char *equals = strchr(option, '=');
    if (!equals)
        return (int)podrun_result(syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, option, 0, 0));
    char key[OPTION_SIZE];
    size_t length = (size_t)(equals - option);
    if (length >= sizeof key)
        return -EINVAL;
    memcpy(key, option, length);
    key[length] = '\0';
    return (int)podrun_result(syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, equals + 1, 0));
}

int podrun_new_mount(const char *type, const char *options, uint64_t attributes)
{
    int context = (int)podrun_result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
    if (context < 0)
        return context;
    int result = 0;
    for (const char *option = options; *option && result == 0; option += strlen(option) + 1)
        result = set_option(context, option);
    if (result == 0)
        result = (int)podrun_result(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0));
    if (result == 0)
        result = (int)podrun_result(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, (unsigned)attributes));
    close(context);
    return result;
}

static int open_root(struct podrun_child *child, const struct podrun_op *op, const char *path)
{
    int fd = (int)podrun_result(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0)
        return fd;
    child->slots[op->slot] = fd;
    if (op->x)
        child->read_only[op->slot] = true;
    return 0;
}

static int mount_root(struct podrun_child *child, const struct podrun_op *op)
{
    const char *path = podrun_string(child, op->s0);
    int result = (int)podrun_result(mount("overlay", path, "overlay", 0, podrun_string(child, op->s1)));
    if (result == 0)
        result = (int)podrun_result(mount(NULL, path, NULL, 1ul << 18 /* MS_PRIVATE */, NULL));
    return result < 0 ? result : open_root(child, op, path);
}

static int make_root(struct podrun_child *child, const struct podrun_op *op)
{
    const char *path = podrun_string(child, op->s0);
    int new = podrun_new_mount("tmpfs", podrun_string(child, op->s1), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    if (new < 0)
        return new;
    int result = (int)podrun_result(
        syscall(SYS_move_mount, new, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS));
    if (result == 0)
        result = set_attributes(new, 0, 1u << 18 /* MS_PRIVATE */, false);
    close(new);
    return result < 0 ? result : open_root(child, op, path);
}

static int open_tree(struct podrun_child *child, const struct podrun_op *op)
{
    const char *path = podrun_string(child, op->s0);
    bool recursive = op->flags & PODRUN_F_RECURSIVE;
    int tree;
    if (op->flags & PODRUN_F_BENEATH) {
        int base = child->slots[op->x];
        uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
        int source = op->flags & PODRUN_F_DIRECTORY
                         ? podrun_open_made(base, path, resolve, PODRUN_PATH_DIRECTORY, 0755, base)
                         : podrun_open_at(base, path, O_PATH, resolve);
        if (source == -ENOTDIR)
            source = podrun_open_at(base, path, O_PATH, resolve);
        if (source < 0)
            return source;
        tree = clone_tree(source, "", recursive);
        close(source);
    } else {
        tree = clone_tree(AT_FDCWD, path, recursive);
    }
    if (tree < 0)
        return tree;
    child->slots[op->slot] = tree;
    return 0;
}

static int open_target(const struct podrun_child *child, const struct podrun_op *op, enum podrun_path_kind kind)
{
    bool strict = op->flags & PODRUN_F_STRICT_TARGET;
    return podrun_open_made(child->slots[op->slot], podrun_string(child, op->s0), podrun_resolve_in_root(strict), kind,
                            0755, -1);
}

static int mount_new(struct podrun_child *child, const struct podrun_op *op)
{
    int target = open_target(child, op, PODRUN_PATH_DIRECTORY);
    if (target < 0)
        return target;
    int new = podrun_new_mount(podrun_string(child, op->s1), podrun_string(child, op->s2), op->x);
    int result = new < 0 ? new : podrun_attach(new, target);
    if (new >= 0)
        close(new);
    close(target);
    return result;
}

static bool is_of_kernel(int place)
{
    struct statfs system;

    if (fstatfs(place, &system) < 0)
        return true;
    return system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC || system.f_type == CGROUP2_SUPER_MAGIC;
}

static int attach(struct podrun_child *child, const struct podrun_op *op)
{
    int source = child->slots[op->x];
    struct stat kind;
    if (fstat(source, &kind) < 0)
        return -errno;
    int target = open_target(child, op, S_ISDIR(kind.st_mode) ? PODRUN_PATH_DIRECTORY : PODRUN_PATH_FILE);
    if (target < 0)
        return target;
    /* A link of the image may lead there: over the kernel's files a volume would hide what is masked. No link leads
     * to a strict target: those are podrun's own. */
    int result = !(op->flags & PODRUN_F_STRICT_TARGET) && is_of_kernel(target) ? -EPERM : 0;
    /* Propagation goes to the submounts of a tree that is read-only at its top alone, too. */
    if (result == 0)
        result = set_attributes(source, 0, op->s1, true);
    if (result == 0)
        result = set_attributes(source, op->y, 0, op->flags & PODRUN_F_RECURSIVE);
    if (result == 0 && op->flags & PODRUN_F_EXECUTABLE)
        result = allow_execution(source);
    if (result == 0)
        result = podrun_attach(source, target);
    close(target);
    return result;
}

static int open_dir(struct podrun_child *child, const struct podrun_op *op)
{
    int fd;
    if (op->slot == PODRUN_NO_SLOT)
        fd = (int)podrun_result(open(podrun_string(child, op->s0), O_PATH | O_DIRECTORY | O_CLOEXEC));
    else
        fd = open_target(child, op, PODRUN_PATH_DIRECTORY);
    if (fd < 0)
        return fd;
    child->slots[op->x] = fd;
    return 0;
}

/* Of an op whose path is there: what else is missing must not pass for the path, which F_OPTIONAL lets go. */
static int of_present(int result)
{
    return result == -ENOENT ? -ESTALE : result;
}

/* A path that a mask or a read-only bind goes over; -ENOENT becomes 0 for F_OPTIONAL by the caller. */
static int open_existing(const struct podrun_child *child, const struct podrun_op *op)
{
    return podrun_open_at(child->slots[op->slot], podrun_string(child, op->s0), O_PATH, podrun_resolve_in_root(false));
}

static bool is_device(int fd, dev_t device)
{
    struct stat node;
    return fstat(fd, &node) == 0 && S_ISCHR(node.st_mode) && node.st_rdev == device;
}

/* The container's own /dev/null; when that is something else (an image's link), the host's. Never followed, always
 * looked at: a link to /proc/sys/kernel/core_pattern bound over a masked path would open that to the container. */
static int open_null_device(struct podrun_child *child, int root)
{
    if (child->null_device >= 0)
        return child->null_device;
    int fd = podrun_open_at(root, "dev/null", O_PATH | O_NOFOLLOW, podrun_resolve_in_root(true));
    if (fd >= 0 && !is_device(fd, NULL_DEVICE)) {
        close(fd);
        fd = -ENODEV;
    }
    if (fd < 0) {
        fd = (int)podrun_result(open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (fd >= 0 && !is_device(fd, NULL_DEVICE)) {
            close(fd);
            fd = -ENODEV;
        }
    }
    child->null_device = fd;
    return fd;
}

/* An empty file in the container's own /dev, gone again before the container runs: bound over a masked one it reads as
 * nothing, as /dev/null does, but a write fails instead of being lost. */
static int open_empty_file(struct podrun_child *child, int root)
{
    if (child->empty_file >= 0)
        return child->empty_file;
    int directory = podrun_open_at(root, "dev", O_PATH | O_DIRECTORY | O_NOFOLLOW, podrun_resolve_in_root(true));
    if (directory < 0)
        return directory;
    struct statfs where;
    int fd = -ENODEV;
    if (fstatfs(directory, &where) == 0 && where.f_type == TMPFS_MAGIC)
        fd = (int)podrun_result(
            openat(directory, EMPTY_FILE, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444));
    if (fd < 0) {
        close(directory);
        return fd;
    }
    child->empty_file_directory = directory;
    return child->empty_file = fd;
}

static int mask_directory(struct podrun_child *child, int target)
{
    if (child->empty_mount >= 0) {
        /* Cloned from where it is attached: a detached mount can't be cloned before Linux 6.15. */
        int copy = clone_tree(child->empty_mount, "", false);
        if (copy < 0)
            return copy;
        int result = podrun_attach(copy, target);
        close(copy);
        return result;
    }
    static const char options[] = "source=tmpfs\0nr_inodes=1\0size=4k\0mode=755\0";
    int empty = podrun_new_mount("tmpfs", options,
                                 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    if (empty < 0)
        return empty;
    int result = podrun_attach(empty, target);
    if (result == 0)
        child->empty_mount = empty;
    else
        close(empty);
    return result;
}

static int mask_file(struct podrun_child *child, int root, int target)
{
    int source = open_empty_file(child, root);
    if (source < 0)
        source = open_null_device(child, root);
    if (source < 0)
        return source;
    int copy = clone_tree(source, "", false);
    if (copy < 0)
        return copy;
    int result = set_attributes(copy, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, false);
    if (result == 0)
        result = podrun_attach(copy, target);
    close(copy);
    return result;
}

static int mask(struct podrun_child *child, const struct podrun_op *op)
{
    int target = open_existing(child, op);
    if (target < 0)
        return target;
    struct stat kind;
    int result = (int)podrun_result(fstat(target, &kind));
    if (result == 0)
        result =
            S_ISDIR(kind.st_mode) ? mask_directory(child, target) : mask_file(child, child->slots[op->slot], target);
    close(target);
    return of_present(result);
}

static int make_read_only(struct podrun_child *child, const struct podrun_op *op)
{
    int target = open_existing(child, op);
    if (target < 0)
        return target;
    int copy = clone_tree(target, "", true); /* keeps nosuid, nodev, noexec */
    int result = copy < 0 ? copy : set_attributes(copy, MOUNT_ATTR_RDONLY, 0, true);
    if (result == 0)
        result = podrun_attach(copy, target);
    if (copy >= 0)
        close(copy);
    close(target);
    return of_present(result);
}

static int make_node(struct podrun_child *child, const struct podrun_op *op)
{
    int directory = child->slots[op->slot];
    const char *name = podrun_string(child, op->s0);
    mode_t mask = umask(0);
    int result = (int)podrun_result(mknodat(directory, name, (mode_t)op->x, (dev_t)op->y));
    umask(mask);
    if (result == 0 && (op->s1 != 0 || op->s2 != 0))
        result = (int)podrun_result(fchownat(directory, name, op->s1, op->s2, AT_SYMLINK_NOFOLLOW));
    return result;
}

/* pivot_root(".", "."): the old root is stacked on the new one and detached, no directory for it is needed. */
static int pivot(struct podrun_child *child, const struct podrun_op *op)
{
    int root = child->slots[op->slot];
    int result = 0;
    if (child->empty_file >= 0)
        result = (int)podrun_result(unlinkat(child->empty_file_directory, EMPTY_FILE, 0));
    if (result == 0 && child->read_only[op->slot])
        result = set_attributes(root, MOUNT_ATTR_RDONLY, 0, false);
    if (result == 0)
        result = (int)podrun_result(fchdir(root));
    if (result == 0)
        result = (int)podrun_result(syscall(SYS_pivot_root, ".", "."));
    if (result == 0)
        result = (int)podrun_result(umount2(".", MNT_DETACH));
    return result < 0 ? result : (int)podrun_result(chdir("/"));
}

/* A pty pair of the devpts at dev/pts below `root`: opened only where it is really devpts' ptmx, its other end by
 * TIOCGPTPEER, never by a name. */
static int open_terminal(int root, int *master)
{
    int node = podrun_open_at(root, "dev/pts/ptmx", O_PATH, podrun_resolve_in_root(true));
    if (node < 0)
        return node;
    struct statfs where;
    bool genuine = is_device(node, PTMX_DEVICE) && fstatfs(node, &where) == 0 && where.f_type == DEVPTS_SUPER_MAGIC;
    close(node);
    if (!genuine)
        return -ENOTTY;
    int fd = podrun_open_at(root, "dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, podrun_resolve_in_root(true));
    if (fd < 0)
        return fd;
    int unlock = 0;
    int peer = -ENOTTY;
    if (is_device(fd, PTMX_DEVICE) && fstatfs(fd, &where) == 0 && where.f_type == DEVPTS_SUPER_MAGIC &&
        fcntl(fd, F_SETFL, O_RDWR) == 0 && ioctl(fd, TIOCSPTLCK, &unlock) == 0)
        peer = (int)podrun_result(ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (peer < 0)
        close(fd);
    else
        *master = fd;
    return peer;
}

/* Hands the master back; the peer becomes the controlling terminal and 0, 1, 2. */
static int take_terminal(struct podrun_child *child, int peer, int master, uint32_t tag, bool is_console)
{
    int result = podrun_hand_back(child, tag, is_console, master);
    if (result == 0)
        result = (int)podrun_result(ioctl(peer, TIOCSCTTY, 0));
    for (int fd = 0; fd < 3 && result == 0; fd++)
        if (dup3(peer, fd, 0) < 0)
            result = -errno;
    child->owns_terminal = true;
    return result;
}

static int bind_console(int root, int peer)
{
    int directory = podrun_open_at(root, "dev", O_PATH | O_DIRECTORY, podrun_resolve_in_root(true));
    if (directory < 0)
        return directory;
    int made =
        (int)podrun_result(openat(directory, "console", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (made >= 0)
        close(made);
    int target = podrun_open_at(directory, "console", O_PATH, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    close(directory);
    if (target < 0)
        return target;
    int copy = clone_tree(peer, "", false);
    int result = copy < 0 ? copy : podrun_attach(copy, target);
    if (copy >= 0)
        close(copy);
    close(target);
    return result;
}

static int console(struct podrun_child *child, const struct podrun_op *op)
{
    int root = child->slots[op->slot];
    int master = -1;
    int peer = open_terminal(root, &master);
    if (peer < 0)
        return peer;
    int result = bind_console(root, peer);
    if (result == 0)
        result = take_terminal(child, peer, master, (uint32_t)op->x, true);
    close(master);
    close(peer);
    return result;
}

static int terminal(struct podrun_child *child, const struct podrun_op *op)
{
    int root = (int)podrun_result(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (root < 0)
        return root;
    int master = -1;
    int peer = open_terminal(root, &master);
    close(root);
    if (peer < 0)
        return peer;
    struct winsize size = {.ws_row = (unsigned short)(op->y >> 16), .ws_col = (unsigned short)op->y};
    int result = op->y == 0 ? 0 : (int)podrun_result(ioctl(peer, TIOCSWINSZ, &size));
    if (result == 0)
        result = take_terminal(child, peer, master, (uint32_t)op->x, false);
    close(master);
    close(peer);
    return result;
}

int podrun_mount_op(struct podrun_child *child, const struct podrun_op *op)
{
    switch (op->code) {
    case PODRUN_OP_OPEN_TREE:
        return open_tree(child, op);
    case PODRUN_OP_MOUNT_ROOT:
        return mount_root(child, op);
    case PODRUN_OP_MAKE_ROOT:
        return make_root(child, op);
    case PODRUN_OP_MAP_IDS:
        return map_ids(child, op);
    case PODRUN_OP_PRIVATE: {
        unsigned long flags =
            1ul << 18 /* MS_PRIVATE */ | (op->flags & PODRUN_F_RECURSIVE ? 1ul << 14 /* MS_REC */ : 0);
        return (int)podrun_result(mount(NULL, podrun_string(child, op->s0), NULL, flags, NULL));
    }
    case PODRUN_OP_MOUNT:
        return mount_new(child, op);
    case PODRUN_OP_ATTACH:
        return attach(child, op);
    case PODRUN_OP_OPEN_DIR:
        return open_dir(child, op);
    case PODRUN_OP_MASK:
        return mask(child, op);
    case PODRUN_OP_READ_ONLY:
        return make_read_only(child, op);
    case PODRUN_OP_MKNOD:
        return make_node(child, op);
    case PODRUN_OP_SYMLINK:
        return (int)podrun_result(
            symlinkat(podrun_string(child, op->s1), child->slots[op->slot], podrun_string(child, op->s0)));
    case PODRUN_OP_CONSOLE:
        return console(child, op);
    case PODRUN_OP_TERMINAL:
        return terminal(child, op);
    case PODRUN_OP_PIVOT:
        return pivot(child, op);
    default:
        return -ENOSYS;
    }
}
