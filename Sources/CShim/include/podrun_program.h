/* The child program, wire format version 1.
 *
 * PodPlanning encodes it, the keeper checks every bound before it clones, and the cloned child interprets it with
 * async-signal-safe calls only. It is one flat buffer in a sealed memfd, host byte order:
 *
 *   header | ops[op_count] | strings (NUL-terminated bytes and binary blobs)
 *
 * Strings are named by their offset from the start of the string table; 0 is always the empty string.
 * A *list* is a run of NUL-terminated strings closed by an empty one ("a\0b\0\0").
 * A *slot* is an index into the child's descriptor table: slots below `slots_passed` arrive with the request
 * (SCM_RIGHTS), the others are filled by ops. Every descriptor in a slot is close-on-exec.
 *
 * An op that fails ends the child; the keeper reports {op index, errno}. The text is Swift's business.
 * A program that breaks a rule below is refused before anything is cloned: errno EBADMSG with the index of the first bad
 * op (PODRUN_FAILED_BEFORE_CLONE when it is the header). The last op, and only that one, is EXEC or EXEC_FD. A slot is
 * filled once, and before it is used.
 */
#ifndef PODRUN_PROGRAM_H
#define PODRUN_PROGRAM_H

#include <stdint.h>

#define PODRUN_PROGRAM_MAGIC    0x31475250u /* "PRG1" */
#define PODRUN_PROGRAM_VERSION  1u
#define PODRUN_PROGRAM_MAX_SIZE (8u << 20) /* bytes; argv and envp are inside */
#define PODRUN_PROGRAM_MAX_OPS  4096u
#define PODRUN_MAX_SLOTS        512u
#define PODRUN_MAX_PASSED_SLOTS 64u /* what one SCM_RIGHTS message carries */
#define PODRUN_NO_SLOT          0xffffffffu

struct podrun_program_header {
    uint32_t magic;
    uint32_t version;
    uint32_t total_size; /* bytes, equals the memfd's size */
    uint32_t op_count;
    uint32_t string_offset;      /* from the start of the buffer */
    uint32_t string_size;        /* bytes; the last one is NUL */
    uint32_t slots_passed;       /* descriptors that must come with the request, at most PODRUN_MAX_PASSED_SLOTS */
    uint32_t slots_total;        /* at most PODRUN_MAX_SLOTS */
    uint64_t clone_flags;        /* CLONE_NEW* for clone3; the keeper adds CLONE_PIDFD and CLONE_INTO_CGROUP */
    uint32_t cgroup_slot;        /* cgroup2 directory for CLONE_INTO_CGROUP, or PODRUN_NO_SLOT */
    uint32_t pid_namespace_slot; /* pidfd or nsfs fd whose pid namespace the child is born in, or PODRUN_NO_SLOT */
};

/* One op: `s*` are string offsets or sizes, `x`/`y` numbers; unused fields are zero. */
struct podrun_op {
    uint16_t code;
    uint16_t flags; /* PODRUN_F_* */
    uint32_t slot;
    uint32_t s0, s1, s2, s3;
    uint64_t x, y;
};

#define PODRUN_F_TOLERATE_EPERM 0x0001u /* EPERM/EACCES is not a failure (hosts without CAP_SYS_RESOURCE) */
#define PODRUN_F_OPTIONAL       0x0002u /* ENOENT of the named path is not a failure */
#define PODRUN_F_RECURSIVE      0x0004u
#define PODRUN_F_DIRECTORY      0x0008u /* a missing path is made as directories */
#define PODRUN_F_BENEATH        0x0010u /* resolve below a directory's slot (links that leave it: EXDEV) */
#define PODRUN_F_STRICT_TARGET  0x0020u /* a real directory: no symlink on the way (/proc /sys /dev) */
#define PODRUN_F_EXECUTABLE     0x0040u /* the source's noexec is taken away */

/* clang-format off */
enum podrun_op_code {
    PODRUN_OP_NONE = 0,

    /* Namespaces */
    PODRUN_OP_SETNS = 1,       /* slot: pidfd or nsfs fd; x: CLONE_NEW* flags, CLONE_NEWUSER among them */
    PODRUN_OP_UNSHARE = 2,     /* x: CLONE_NEW* flags (CLONE_NEWCGROUP: rooted where clone3 put the child) */
    PODRUN_OP_NETLINK = 3,     /* open a NETLINK_ROUTE socket in the current net namespace, hand it back; x: tag in
                                  the reply */

    /* Before the root changes: host paths, all below root-owned directories or hostPath volumes */
    PODRUN_OP_WRITE_FILE = 10, /* s0: path; s1: bytes offset; x: byte count. O_WRONLY|O_NOFOLLOW, one write (sysctl,
                                  oom_score_adj) */
    PODRUN_OP_CHDIR = 11,      /* s0: path */
    PODRUN_OP_OPEN_TREE = 12,  /* slot <- detached clone of the mount at s0; F_RECURSIVE. F_BENEATH (subPath): below
                                  the directory in slot x, which an OPEN_DIR or MOUNT_ROOT of this program opened;
                                  with F_DIRECTORY missing parts are made with that directory's mode and owner */
    PODRUN_OP_MOUNT_ROOT = 13, /* slot <- O_PATH of an overlay mounted privately at s0; s1: overlay mount data; x: 1
                                  = read-only from PIVOT on (so make the working directory by OPEN_DIR before) */
    PODRUN_OP_PRIVATE = 14,    /* s0: path; make the mount there MS_PRIVATE; F_RECURSIVE */
    PODRUN_OP_MAKE_ROOT = 15,  /* slot <- O_PATH of a fresh tmpfs mounted privately at s0 (pause's empty root); s1:
                                  list of key=value; x: 1 = read-only from PIVOT on */
    PODRUN_OP_OWNER = 16,      /* x: a uid and gid of the host. The pipes of 0, 1, 2 and all that is made from here on
                                  belong to it, and its rights stay (until the user namespace is joined) */
    PODRUN_OP_MAP_IDS = 17,    /* slot: a detached mount; x: slot of a user namespace, whose ids its top mount has from
                                  here on (id-mapped). EINVAL: the file system can't */

    /* Inside the new root: `slot` is the root's O_PATH fd, s0 a path in it (openat2 RESOLVE_IN_ROOT|NO_MAGICLINKS) */
    PODRUN_OP_MOUNT = 20,      /* s0: target; s1: fs type; s2: list of key[=value] ("source=proc" is the name in
                                  mountinfo); x: MOUNT_ATTR_*; F_STRICT_TARGET */
    PODRUN_OP_ATTACH = 21,     /* s0: target; x: source slot (detached mount); y: MOUNT_ATTR_* to set; s1:
                                  MS_PRIVATE/SLAVE/SHARED or 0, for submounts too; F_RECURSIVE sets y on them. A missing
                                  target is made in the source's kind. Bidirectional propagation reaches the host
                                  only from a tree that the agent opened (a passed slot): the keeper's mount
                                  namespace is a slave of the host's */
    PODRUN_OP_OPEN_DIR = 22,   /* s0: directory; x: slot <- its fd; made 0755 where missing. slot PODRUN_NO_SLOT: s0
                                  is a host path, which must exist */
    PODRUN_OP_MASK = 23,       /* s0: path; directory: empty read-only tmpfs, else /dev/null bound over it;
                                  F_OPTIONAL */
    PODRUN_OP_READ_ONLY = 24,  /* s0: path; bound on itself read-only, nosuid,nodev,noexec kept; F_OPTIONAL */
    PODRUN_OP_MKNOD = 25,      /* slot: directory; s0: name; s1: uid; s2: gid; x: mode with S_IF*; y: device number
                                  (makedev) */
    PODRUN_OP_SYMLINK = 26,    /* slot: directory; s0: name; s1: target */
    PODRUN_OP_CONSOLE = 27,    /* make a pty in the new devpts (slot: root), bind it over /dev/console, hand the
                                  master back (stays in the keeper with STDIO_TTY_LOG); it becomes 0,1,2. x: tag */
    PODRUN_OP_PIVOT = 28,      /* slot: root; pivot_root, detach the old root, chdir("/") */

    /* Process attributes, in the order of use */
    PODRUN_OP_HOSTNAME = 40,   /* s0: name */
    PODRUN_OP_RLIMIT = 41,     /* s0: RLIMIT_* number; x: soft; y: hard (UINT64_MAX = unlimited); F_TOLERATE_EPERM
                                  caps both at the current hard limit */
    PODRUN_OP_KEYRING = 42,    /* s0: name of the new session keyring, "" = anonymous (never shared with one of the
                                  same name) */
    PODRUN_OP_WORKDIR = 43,    /* s0: absolute path inside the new root; made 0755 where missing; getcwd is checked
                                  (CVE-2024-21626) */
    PODRUN_OP_TERMINAL = 44,   /* exec -t: pty from /dev/pts/ptmx, TIOCGPTPEER, becomes 0,1,2; the master goes back.
                                  x: tag; y: rows<<16|columns */
    PODRUN_OP_BOUNDING = 45,   /* x: capability mask to keep in the bounding set */
    PODRUN_OP_GROUPS = 46,     /* s0: offset of u32 gids; x: count */
    PODRUN_OP_IDENTITY = 47,   /* x: uid; y: gid (real, effective, saved, fs); permitted capabilities are kept until
                                  CAPABILITIES */
    PODRUN_OP_NO_NEW_PRIVS = 48,
    PODRUN_OP_SECCOMP = 49,    /* s0: offset of struct sock_filter[]; x: count; y: SECCOMP_FILTER_FLAG_* */
    PODRUN_OP_CAPABILITIES = 50, /* x: permitted = effective; inheritable and ambient are always emptied */
    PODRUN_OP_UMASK = 51,      /* x: mask */
    PODRUN_OP_EXEC = 52,       /* s0: argv, x NUL-terminated strings in a row (x >= 1; an argument may be empty, so argv
                                  is no list); s1: list envp; s2: colon list of directories to search, "" = argv[0] is
                                  a path. ENOENT: not found; EACCES: found, not executable; ELIBACC: found, but its
                                  interpreter is missing */
    PODRUN_OP_EXEC_FD = 53,    /* slot: executable fd (the pause memfd; mode 0755, or IDENTITY loses it); s0, x: argv as for
                                  EXEC; s1: list envp */
};
/* clang-format on */

#endif
