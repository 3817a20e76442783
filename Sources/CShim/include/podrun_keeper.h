/* Agent <-> keeper, protocol version 1. One SOCK_SEQPACKET connection at a time; one datagram per message.
 *
 *   agent                                   keeper (one per pod)
 *     | -- listening socket fd 3, its directory fd 4, (fd 0 null, 1 null, 2 log) ------> exec
 *     | -- connect keeper.sock in that directory ------->|
 *     |                    <-- HELLO {version}           |   refused unless SO_PEERCRED uid is 0
 *     |                    <-- LIVE {id, pid} + pidfd    |   one per process still alive (adoption), then
 *     |                    <-- READY                     |
 *     | -- RUN {id, ...} + program memfd + slots ------->|   clone3
 *     |                    <-- RETURNED {id, tag} + fd   |   0 or more (netlink socket, pty master)
 *     |                    <-- STARTED {id, pid} + pidfd |   exec succeeded
 *     |          or        <-- FAILED {id, op, errno}    |   nothing is left of it
 *     |                    <-- EXITED {id, code, ...}    |
 *     | -- MOUNT_TMPFS ----------------------------------->|
 *     |                    <-- MOUNTED {id} + dir fd     |   the tmpfs's root, for the agent to fill; the
 *     |                                                |   mount outlives both; asked again: the same one
 *     | -- ATTACH {id} + client's socket ----------------->|   what the client hears there: podrun_attach_type
 *     | -- SHUTDOWN -------------------------------------->  kills what is left, exits 0
 *
 * Every process has one record in the file "processes" of the keeper's directory (fd 4), written before the
 * matching message is sent: the next agent reads the file after READY and knows every start and exit, whoever was alive
 * then. LIVE is sent for RUNNING records; one that is still CLONED is followed by STARTED or FAILED. An agent that stops
 * reading until the socket is full loses its connection (end of file) and connects again. A connection that is refused
 * (not uid 0, another pid namespace, a second one while the first lives) sees end of file without HELLO. A keeper that
 * never cloned a process ends with its connection: the agent keeps a spare one for the next pod, and renames its directory
 * to the pod's when the pod comes.
 */
#ifndef PODRUN_KEEPER_H
#define PODRUN_KEEPER_H

#include <stdint.h>

#define PODRUN_KEEPER_MAGIC      0x4b445250u /* "PRDK" */
#define PODRUN_KEEPER_VERSION    1u
#define PODRUN_KEEPER_LISTEN_FD  3
#define PODRUN_KEEPER_RUN_DIR_FD 4

enum podrun_request_type {
    PODRUN_REQUEST_RUN = 1,
    PODRUN_REQUEST_SHUTDOWN = 2,
    PODRUN_REQUEST_MOUNT_TMPFS = 3, /* tmpfs at `path` in the keeper's mount namespace; MOUNTED or FAILED follows */
    PODRUN_REQUEST_FORGET = 4,      /* drop the record of an id that EXITED or FAILED: its place is used again */
    PODRUN_REQUEST_REOPEN_LOG = 5,  /* close and open the log file of `id` again */
    PODRUN_REQUEST_ATTACH = 7,      /* fd: a client's SOCK_SEQPACKET socket, which hears the output of `id` from now on;
                                     * stdin_slot: PODRUN_NO_SLOT = it wants no input. No event answers */
    PODRUN_REQUEST_KILL = 6,        /* SIGKILL to `id`: also to one that is not STARTED yet, whose pidfd nobody has */
};

/* Where 0, 1 and 2 of the child come from. */
enum podrun_stdio {
    PODRUN_STDIO_NULL = 0,      /* /dev/null */
    PODRUN_STDIO_SLOTS = 1,     /* stdin_slot, stdout_slot, stderr_slot; PODRUN_NO_SLOT = /dev/null */
    PODRUN_STDIO_LOG = 2,       /* stdout and stderr are pipes that the keeper writes to the CRI log; stdin /dev/null */
    PODRUN_STDIO_TTY_LOG = 3,   /* the master that OP_CONSOLE hands back stays in the keeper and feeds the log */
    PODRUN_STDIO_LOG_INPUT = 4, /* as LOG, but stdin is a pipe that stays open for clients that ATTACH */
    PODRUN_STDIO_LOG_INPUT_ONCE = 5, /* ... that is the first one's, and ends with it */
};

/* What an attached client's socket carries: datagrams of one such byte and bytes of output. A client that is gone, or too
 * far behind, and one that asked for what doesn't run, sees end of file without END. The container never waits for it. The descriptor that comes with BEGIN, where there is one,
 * is where input goes: a non-blocking pipe, or the terminal's master (to be written to and resized, not read). */
enum podrun_attach_type {
    PODRUN_ATTACH_BEGIN = 0,
    PODRUN_ATTACH_STDOUT = 1,
    PODRUN_ATTACH_STDERR = 2,
    PODRUN_ATTACH_END = 3, /* the process has ended, this was all */
};

#define PODRUN_LOG_NAME_MAX 64
#define PODRUN_PATH_MAX     4096

/* fds of RUN, in order: program memfd, then (STDIO_LOG and the like) the log directory, then the slots. */
struct podrun_request {
    uint32_t magic;
    uint32_t type;  /* podrun_request_type */
    uint64_t id;    /* unique in the pod, chosen by the agent, never 0 */
    uint32_t stdio; /* podrun_stdio */
    uint32_t stdin_slot, stdout_slot, stderr_slot;
    union {
        uint64_t log_max_bytes;   /* RUN: rotation threshold, bytes; 0 = never */
        uint64_t mount_page_size; /* MOUNT_TMPFS: bytes of a huge page, for a hugetlbfs; 0 = a tmpfs */
    };
    uint32_t log_max_files; /* the live one included, 0 = keep all; older: <log_name>.YYYYMMDD-HHMMSS[.NNN] */
    union {
        uint32_t is_traced;  /* RUN: write down in the file "timeline" when each step began */
        uint32_t mount_mode; /* MOUNT_TMPFS */
    };
    uint64_t mount_size;                /* MOUNT_TMPFS: bytes, 0 = kernel's default */
    char log_name[PODRUN_LOG_NAME_MAX]; /* "0.log" */
    char path[PODRUN_PATH_MAX];         /* MOUNT_TMPFS: absolute, no symbolic links. Only the used bytes are sent */
};

enum podrun_event_type {
    PODRUN_EVENT_HELLO = 1,
    PODRUN_EVENT_LIVE = 2,
    PODRUN_EVENT_READY = 3,
    PODRUN_EVENT_RETURNED = 4,
    PODRUN_EVENT_STARTED = 5,
    PODRUN_EVENT_FAILED = 6,
    PODRUN_EVENT_EXITED = 7,
    PODRUN_EVENT_MOUNTED = 8,
};

/* op_index when the program or request itself was refused, or clone3 failed; when clone3's child was killed at an op,
 * FAILED has that op and errno ECANCELED. */
#define PODRUN_FAILED_BEFORE_CLONE 0xffffffffu

struct podrun_event {
    uint32_t magic;
    uint32_t type;
    uint64_t id;
    uint32_t version;  /* HELLO */
    int32_t pid;       /* in the keeper's pid namespace */
    uint32_t op_index; /* FAILED */
    int32_t error;     /* FAILED: errno */
    uint32_t tag;      /* RETURNED */
    int32_t code;      /* EXITED: si_code (CLD_EXITED, CLD_KILLED, CLD_DUMPED) */
    int32_t status;    /* EXITED: exit code or signal number */
    int32_t reserved;
    uint64_t realtime_ns; /* STARTED: exec'd at; EXITED: reaped at (CLOCK_REALTIME) */
};

/* One 64-byte record per process in the file "processes". */
enum podrun_process_state {
    PODRUN_PROCESS_FREE = 0,
    PODRUN_PROCESS_CLONED = 1, /* pid known, exec not yet confirmed */
    PODRUN_PROCESS_RUNNING = 2,
    PODRUN_PROCESS_EXITED = 3,
    PODRUN_PROCESS_FAILED = 4, /* never exec'd */
};

struct podrun_process_record {
    uint64_t id;
    uint32_t state;
    int32_t pid;
    int32_t code;
    int32_t status;    /* EXITED: as in podrun_event; FAILED: errno */
    uint32_t op_index; /* FAILED */
    uint32_t reserved;
    uint64_t started_ns;  /* CLOCK_REALTIME */
    uint64_t finished_ns; /* CLOCK_REALTIME */
    uint64_t start_ticks; /* field 22 of /proc/pid/stat, to tell a reused pid */
    uint64_t reserved2;
};

#define PODRUN_TIMELINE_OPS 500u

/* One record of the file "timeline": a RUN that asked for it. Nanoseconds of CLOCK_MONOTONIC; 0: it did not happen. */
struct podrun_timeline {
    uint64_t id;
    uint64_t received_ns;                 /* the keeper took the request */
    uint64_t cloned_ns;                   /* clone3 returned in the keeper */
    uint64_t ended_ns;                    /* the child was seen to be past exec, or gone */
    uint64_t ops_ns[PODRUN_TIMELINE_OPS]; /* the child began the op with this index */
};

#endif
