/* The cloned child: from clone3 to execve, in async-signal-safe calls only. No malloc, no stdio, _exit always. */
#ifndef PODRUN_KEEPER_CHILD_H
#define PODRUN_KEEPER_CHILD_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../CShim/include/podrun_keeper.h"
#include "program.h"

/* One page shared with the keeper. The child writes, the keeper reads it once the sync socket is at its end: a record
 * here can't be stopped by a seccomp filter, and it tells where a killed child was. */
struct podrun_progress {
    volatile uint32_t op_index; /* the op that runs */
    volatile int32_t error;     /* errno, once that op failed */
    bool is_traced;
    struct podrun_timeline timeline; /* of a start that is traced */
};
_Static_assert(sizeof(struct podrun_progress) <= 4096, "one page");

/* What a descriptor handed back to the keeper is: OP_NETLINK's and OP_TERMINAL's go on to the agent. */
struct podrun_returned {
    uint32_t tag;
    uint32_t is_console;
};

struct podrun_child {
    struct podrun_program program;
    struct podrun_progress *progress;
    int sync;     /* seqpacket to the keeper, close-on-exec: its end means exec'd or dead */
    int stdio[3]; /* become 0, 1, 2 */
    int slots[PODRUN_MAX_SLOTS];
    bool read_only[PODRUN_MAX_SLOTS]; /* that root becomes read-only at PIVOT */
    bool owns_terminal;               /* 0, 1, 2 are a pty that this program made */
    bool is_filtered;                 /* a seccomp filter is loaded: what comes after it may be denied */
    int null_device;                  /* O_PATH of a verified /dev/null, or -1 */
    int empty_file;                   /* of the container's /dev, that masks files until the pivot, or -1 */
    int empty_file_directory;         /* O_PATH of that /dev */
    int empty_mount;                  /* the read-only tmpfs that masks directories, once it is attached, or -1 */
};

_Noreturn void podrun_child_main(struct podrun_child *child);

/* Below: parts of the interpreter. All return 0 (or a descriptor) or -errno. */

static inline long podrun_result(long result)
{
    return result < 0 ? -errno : result;
}

static inline const char *podrun_string(const struct podrun_child *child, uint32_t offset)
{
    return child->program.strings + offset;
}

int podrun_hand_back(const struct podrun_child *child, uint32_t tag, bool is_console, int fd);

/* child_paths.c */

/* openat2 with EAGAIN (a racing rename) tried again. */
int podrun_open_at(int directory, const char *path, uint64_t flags, uint64_t resolve);

enum podrun_path_kind { PODRUN_PATH_FILE, PODRUN_PATH_DIRECTORY };

/* O_PATH descriptor of `path` below `root`; what is missing is made one component at a time on descriptors.
 * `mode` of new directories; `like` (or -1): a directory whose mode and owner they take instead. */
int podrun_open_made(int root, const char *path, uint64_t resolve, enum podrun_path_kind kind, mode_t mode, int like);

/* Resolution that can't leave `root`, nor pass through /proc/self/fd and its like. */
uint64_t podrun_resolve_in_root(bool strict);

/* child_mounts.c */
int podrun_mount_op(struct podrun_child *child, const struct podrun_op *op);

/* Mount descriptor of a new file system; options: list of key[=value]. */
int podrun_new_mount(const char *type, const char *options, uint64_t attributes);
int podrun_attach(int mount, int target);

/* child_process.c */
int podrun_process_op(struct podrun_child *child, const struct podrun_op *op);

#endif
