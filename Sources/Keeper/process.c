/* Processes: birth, exec or failure, exit; each with its record in the file "processes".
 *
 *   RUN -> reserve a record -> clone3 -> CLONED -> sync socket ends -> RUNNING -> waitid -> EXITED -> FORGET -> FREE
 *                    |                                  |
 *                    +-> FAILED to the agent only       +-> FAILED
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach.h"
#include "child.h"
#include "keeper.h"
#include "log.h"
#include "timeline.h"

#define MAX_PROCESSES     1024u
#define RECORDS_STEP      4096
#define START_TICKS_FIELD 22
#define SEALS             (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct process {
    struct podrun_process_record record; /* state FREE: unused */
    int pidfd, sync;                     /* -1: none */
    struct podrun_progress *progress;
    uint32_t exec_index; /* the program's last op */
    struct podrun_log *log;
    bool logs_terminal;
    int input; /* where clients write what the process reads: a pipe's end or its terminal's master; -1: none */
    bool gives_input_away;
};

static struct process processes[MAX_PROCESSES];
static uint32_t process_count; /* entries ever used */
static int records = -1;
static off_t records_size;

_Static_assert(sizeof(struct podrun_process_record) == 64, "the file's layout is a contract");

int podrun_processes_open(void)
{
    records = openat(PODRUN_KEEPER_RUN_DIR_FD, "processes", O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    return records < 0 ? errno : 0;
}

/* Space for record `index` is there before its process is: a full /run refuses a start, but loses no exit. */
static int reserve(uint32_t index)
{
    off_t end = ((off_t)index + 1) * (off_t)sizeof(struct podrun_process_record);
    if (end <= records_size)
        return 0;
    if (fallocate(records, 0, records_size, RECORDS_STEP) < 0)
        return errno;
    records_size += RECORDS_STEP;
    return 0;
}

static void save(const struct process *process)
{
    off_t at = (off_t)((size_t)(process - processes) * sizeof process->record);
    if (pwrite(records, &process->record, sizeof process->record, at) != (ssize_t)sizeof process->record)
        podrun_note("write process record", errno);
}

static struct process *find(uint64_t id)
{
    for (uint32_t index = 0; index < process_count; index++)
        if (processes[index].record.state != PODRUN_PROCESS_FREE && processes[index].record.id == id)
            return &processes[index];
    return NULL;
}

static struct process *find_free(void)
{
    for (uint32_t index = 0; index < process_count; index++)
        if (processes[index].record.state == PODRUN_PROCESS_FREE)
            return &processes[index];
    return process_count < MAX_PROCESSES ? &processes[process_count] : NULL;
}

bool podrun_process_any(void)
{
    return process_count > 0;
}

static bool is_alive(const struct process *process)
{
    return process->record.state == PODRUN_PROCESS_CLONED || process->record.state == PODRUN_PROCESS_RUNNING;
}

static void send_failure(uint64_t id, uint32_t op_index, int error)
{
    struct podrun_event event = {.type = PODRUN_EVENT_FAILED, .id = id, .op_index = op_index, .error = error};
    podrun_send(&event, -1);
}

/* Field 22 of /proc/<pid>/stat; the name in field 2 may hold anything, so count from its last ')'. */
static uint64_t start_ticks(int pid)
{
    char path[32] = "/proc/", text[512];
    size_t length = 6;
    char digits[12];
    size_t count = 0;
    for (int rest = pid; rest > 0; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    while (count > 0)
        path[length++] = digits[--count];
    strcpy(path + length, "/stat");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return 0;
    text[size] = '\0';
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < START_TICKS_FIELD; field++)
        at = strchr(at + 1, ' ');
    uint64_t ticks = 0;
    if (at)
        for (at++; *at >= '0' && *at <= '9'; at++)
            ticks = ticks * 10 + (uint64_t)(*at - '0');
    return ticks;
}

/* All that a start needs until the clone; everything here is closed again by `finish_start`. */
struct start {
    struct podrun_child child;
    void *bytes;
    size_t size;
    int sync; /* the keeper's end */
    int in_pipe[2], out_pipe[2], error_pipe[2];
};

static bool wants_input(const struct podrun_request *request)
{
    return request->stdio == PODRUN_STDIO_LOG_INPUT || request->stdio == PODRUN_STDIO_LOG_INPUT_ONCE;
}

static int map_program(struct start *start, int fd, uint32_t *bad_op)
{
    struct stat about;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS)
        return EPERM; /* it could change after the check */
    if (fstat(fd, &about) < 0)
        return errno;
    if (about.st_size <= 0 || about.st_size > PODRUN_PROGRAM_MAX_SIZE)
        return EMSGSIZE;
    start->size = (size_t)about.st_size;
    start->bytes = mmap(NULL, start->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (start->bytes == MAP_FAILED) {
        start->bytes = NULL;
        return errno;
    }
    return podrun_program_check(start->bytes, start->size, &start->child.program, bad_op);
}

static int choose_stdio(struct start *start, const struct podrun_request *request)
{
    struct podrun_child *child = &start->child;
    for (int index = 0; index < 3; index++)
        child->stdio[index] = podrun_keeper.null;
    if (request->stdio == PODRUN_STDIO_SLOTS) {
        const uint32_t slots[3] = {request->stdin_slot, request->stdout_slot, request->stderr_slot};
        for (int index = 0; index < 3; index++) {
            if (slots[index] == PODRUN_NO_SLOT)
                continue;
            if (slots[index] >= child->program.header->slots_passed)
                return EINVAL;
            child->stdio[index] = child->slots[slots[index]];
        }
    } else if (podrun_wants_log(request) && request->stdio != PODRUN_STDIO_TTY_LOG) {
        if (pipe2(start->out_pipe, O_CLOEXEC) < 0 || pipe2(start->error_pipe, O_CLOEXEC) < 0)
            return errno;
        child->stdio[1] = start->out_pipe[1];
        child->stdio[2] = start->error_pipe[1];
    }
    if (wants_input(request)) {
        /* Whoever writes to a full pipe must not hang: only the writer's end is non-blocking. */
        if (pipe2(start->in_pipe, O_CLOEXEC) < 0 || fcntl(start->in_pipe[1], F_SETFL, O_WRONLY | O_NONBLOCK) < 0)
            return errno;
        child->stdio[0] = start->in_pipe[0];
    }
    return 0;
}

static int prepare(struct start *start, const struct podrun_request *request, const int *fds, uint32_t count,
                   uint32_t *bad_op)
{
    uint32_t extra = podrun_wants_log(request) ? 2 : 1;
    if (request->id == 0 || request->stdio > PODRUN_STDIO_LOG_INPUT_ONCE || count < extra)
        return EINVAL;
    if (find(request->id))
        return EEXIST;
    int error = map_program(start, fds[0], bad_op);
    if (error != 0)
        return error;
    if (count - extra != start->child.program.header->slots_passed)
        return EINVAL;
    memcpy(start->child.slots, fds + extra, (count - extra) * sizeof *fds);
    error = choose_stdio(start, request);
    if (error != 0)
        return error;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return errno;
    start->sync = pair[0];
    start->child.sync = pair[1];
    start->child.progress =
        mmap(NULL, sizeof *start->child.progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (start->child.progress == MAP_FAILED) {
        start->child.progress = NULL;
        return errno;
    }
    start->child.progress->op_index = PODRUN_FAILED_BEFORE_CLONE;
    start->child.progress->is_traced = request->is_traced != 0;
    if (request->is_traced)
        start->child.progress->timeline =
            (struct podrun_timeline){.id = request->id, .received_ns = podrun_monotonic_ns()};
    return 0;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void finish_start(struct start *start, const int *fds, uint32_t count)
{
    if (start->bytes)
        munmap(start->bytes, start->size);
    close_one(&start->child.sync);
    close_one(&start->in_pipe[0]);
    close_one(&start->out_pipe[1]);
    close_one(&start->error_pipe[1]);
    for (uint32_t index = 0; index < count; index++)
        close(fds[index]);
}

/* Returns the pid, or -errno. */
static int clone_child(struct start *start, int *pidfd)
{
    const struct podrun_program_header *header = start->child.program.header;
    int birthplace = -1;
    struct clone_args arguments = {
        .flags = header->clone_flags | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
    };
    if (header->cgroup_slot != PODRUN_NO_SLOT) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)start->child.slots[header->cgroup_slot];
    }
    if (header->pid_namespace_slot != PODRUN_NO_SLOT)
        birthplace = start->child.slots[header->pid_namespace_slot];
    if (birthplace >= 0 && setns(birthplace, CLONE_NEWPID) < 0)
        return -errno;
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0)
        podrun_child_main(&start->child);
    int error = errno;
    if (error == ENOMEM && birthplace >= 0)
        error = ESRCH; /* the namespace's pid 1 is dead */
    if (birthplace >= 0 && setns(podrun_keeper.pid_namespace, CLONE_NEWPID) < 0)
        podrun_note("leave pid namespace", errno);
    return pid < 0 ? -error : (int)pid;
}

static int add_streams(struct start *start, struct podrun_log *log)
{
    int *ends[2] = {&start->out_pipe[0], &start->error_pipe[0]};
    for (int index = 0; index < 2; index++) {
        if (*ends[index] < 0)
            continue;
        int error = podrun_log_add(log, *ends[index], index == 1, podrun_keeper.epoll);
        if (error != 0)
            return error;
        *ends[index] = -1;
    }
    return 0;
}

static int start_process(struct start *start, const struct podrun_request *request, int *fds, struct process *process)
{
    struct podrun_log *log = NULL;
    if (podrun_wants_log(request)) {
        int error = podrun_log_open(fds[1], request, &log);
        if (error != 0)
            return error;
        fds[1] = -1; /* the log's now */
        error = add_streams(start, log);
        if (error != 0) {
            podrun_log_release(log);
            return error;
        }
    }
    uint32_t index = (uint32_t)(process - processes);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = podrun_watch(PODRUN_WATCH_SYNC, index)};
    if (epoll_ctl(podrun_keeper.epoll, EPOLL_CTL_ADD, start->sync, &event) < 0) {
        int error = errno;
        podrun_log_release(log);
        return error;
    }
    int pidfd = -1;
    int pid = clone_child(start, &pidfd);
    if (start->child.progress->is_traced)
        start->child.progress->timeline.cloned_ns = podrun_monotonic_ns();
    if (pid < 0) {
        podrun_log_release(log);
        return -pid;
    }
    *process = (struct process){
        .record = {.id = request->id, .state = PODRUN_PROCESS_CLONED, .pid = pid, .start_ticks = start_ticks(pid)},
        .pidfd = pidfd,
        .sync = start->sync,
        .progress = start->child.progress,
        .exec_index = start->child.program.header->op_count - 1,
        .log = log,
        .logs_terminal = request->stdio == PODRUN_STDIO_TTY_LOG,
        .input = start->in_pipe[1],
        .gives_input_away = request->stdio == PODRUN_STDIO_LOG_INPUT_ONCE,
    };
    if (index == process_count)
        process_count++;
    save(process);
    return 0;
}

void podrun_process_run(const struct podrun_request *request, const int *received, uint32_t count)
{
    int fds[PODRUN_MAX_REQUEST_FDS];
    memcpy(fds, received, count * sizeof *fds);
    struct start start = {
        .sync = -1,
        .in_pipe = {-1, -1},
        .out_pipe = {-1, -1},
        .error_pipe = {-1, -1},
        .child = {.sync = -1, .null_device = -1, .empty_file = -1, .empty_mount = -1},
    };
    uint32_t bad_op = PODRUN_FAILED_BEFORE_CLONE;
    struct process *process = find_free();
    int error = podrun_keeper.is_shutting_down ? ESHUTDOWN
                : process                      ? reserve((uint32_t)(process - processes))
                                               : EAGAIN;
    if (error == 0)
        error = prepare(&start, request, fds, count, &bad_op);
    if (error == 0)
        error = start_process(&start, request, fds, process);
    finish_start(&start, fds, count);
    if (error == 0)
        return;
    close_one(&start.sync);
    close_one(&start.in_pipe[1]);
    close_one(&start.out_pipe[0]);
    close_one(&start.error_pipe[0]);
    if (start.child.progress)
        munmap(start.child.progress, sizeof *start.child.progress);
    send_failure(request->id, bad_op, error);
}

static void send_started(const struct process *process, uint32_t type)
{
    struct podrun_event event = {
        .type = type, .id = process->record.id, .pid = process->record.pid, .realtime_ns = process->record.started_ns};
    podrun_send(&event, process->pidfd);
}

void podrun_process_announce(void)
{
    for (uint32_t index = 0; index < process_count; index++)
        if (processes[index].record.state == PODRUN_PROCESS_RUNNING)
            send_started(&processes[index], PODRUN_EVENT_LIVE);
}

static void kill_one(const struct process *process)
{
    if (is_alive(process))
        syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0);
}

/* The child is past exec, or gone; one that we can't hear any more goes, too. */
static void finish_sync(struct process *process)
{
    close_one(&process->sync);
    uint32_t op_index = process->progress->op_index;
    int error = process->progress->error;
    if (process->progress->is_traced) {
        process->progress->timeline.ended_ns = podrun_monotonic_ns();
        podrun_timeline_save(&process->progress->timeline);
    }
    munmap(process->progress, sizeof *process->progress);
    process->progress = NULL;
    if (error == 0 && op_index != process->exec_index) {
        error = ECANCELED; /* killed on the way */
        kill_one(process);
    }
    if (error == 0) {
        process->record.state = PODRUN_PROCESS_RUNNING;
        process->record.started_ns = podrun_realtime_ns();
        save(process);
        send_started(process, PODRUN_EVENT_STARTED);
        return;
    }
    process->record.op_index = op_index;
    process->record.status = error;
}

static void receive_returned(struct process *process, const struct podrun_returned *returned, int fd)
{
    if (returned->is_console && process->logs_terminal && process->log) {
        int input = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        int error = podrun_log_add(process->log, fd, false, podrun_keeper.epoll);
        if (error == 0) {
            process->input = input;
            return;
        }
        close_one(&input);
        podrun_note("log terminal", error);
    } else {
        struct podrun_event event = {.type = PODRUN_EVENT_RETURNED, .id = process->record.id, .tag = returned->tag};
        podrun_send(&event, fd);
    }
    close(fd);
}

/* Returns false once nothing more will come. */
static bool receive_sync(struct process *process)
{
    struct podrun_returned returned;
    struct iovec part = {&returned, sizeof returned};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t size = recvmsg(process->sync, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (size <= 0) {
        finish_sync(process);
        return false;
    }
    if (size == sizeof returned && CMSG_FIRSTHDR(&message) && control.header.cmsg_len == CMSG_LEN(sizeof(int))) {
        int fd;
        memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
        receive_returned(process, &returned, fd);
    }
    return true;
}

void podrun_process_synchronise(uint32_t index)
{
    if (index < process_count && processes[index].sync >= 0)
        receive_sync(&processes[index]);
}

static void bury(struct process *process, int code, int status)
{
    process->record.finished_ns = podrun_realtime_ns();
    /* A dead child's socket is at its end: this can't wait. */
    while (process->sync >= 0 && receive_sync(process))
        continue;
    close_one(&process->pidfd);
    close_one(&process->input);
    if (process->log)
        podrun_log_drain(process->log);
    podrun_log_release(process->log);
    process->log = NULL;
    struct podrun_process_record *record = &process->record;
    if (record->state == PODRUN_PROCESS_CLONED) {
        record->state = PODRUN_PROCESS_FAILED;
        record->code = code;
        save(process);
        send_failure(record->id, record->op_index, record->status);
        return;
    }
    record->state = PODRUN_PROCESS_EXITED;
    record->code = code;
    record->status = status;
    save(process);
    struct podrun_event event = {
        .type = PODRUN_EVENT_EXITED,
        .id = record->id,
        .pid = record->pid,
        .code = code,
        .status = status,
        .realtime_ns = record->finished_ns,
    };
    podrun_send(&event, -1);
}

bool podrun_process_reap(void)
{
    for (;;) {
        siginfo_t gone;
        memset(&gone, 0, sizeof gone);
        if (waitid(P_ALL, 0, &gone, WEXITED | WNOHANG) < 0) {
            if (errno == EINTR)
                continue;
            return errno != ECHILD;
        }
        if (gone.si_pid == 0)
            return true;
        for (uint32_t index = 0; index < process_count; index++) {
            if (!is_alive(&processes[index]) || processes[index].record.pid != gone.si_pid)
                continue;
            bury(&processes[index], gone.si_code, gone.si_status);
            break;
        }
    }
}

void podrun_process_forget(uint64_t id)
{
    struct process *process = find(id);
    if (!process || is_alive(process))
        return;
    process->record = (struct podrun_process_record){.state = PODRUN_PROCESS_FREE};
    save(process);
}

void podrun_process_reopen_log(uint64_t id)
{
    struct process *process = find(id);
    if (!process || !process->log)
        return;
    int error = podrun_log_reopen(process->log);
    if (error != 0)
        podrun_note("reopen container log", error);
}

void podrun_process_attach(const struct podrun_request *request, int socket)
{
    struct process *process = find(request->id);
    bool is_input_asked = request->stdin_slot != PODRUN_NO_SLOT;
    int error = ESRCH;
    if (process && process->record.state == PODRUN_PROCESS_RUNNING && process->log)
        error =
            podrun_attach_client(process->log, socket, is_input_asked || process->logs_terminal ? process->input : -1);
    if (error != 0)
        close(socket);
    else if (is_input_asked && process->gives_input_away)
        close_one(&process->input); /* the client's from now on: with it the process's input ends */
}

void podrun_process_kill(uint64_t id)
{
    const struct process *process = find(id);
    if (process)
        kill_one(process);
}

void podrun_process_kill_all(void)
{
    for (uint32_t index = 0; index < process_count; index++)
        kill_one(&processes[index]);
    /* Orphans that came to the subreaper have no record; as children they keep their pids until they are reaped. */
    char text[512];
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t size = read(fd, text, sizeof text);
    close(fd);
    int pid = 0;
    for (ssize_t index = 0; index < size; index++) {
        if (text[index] >= '0' && text[index] <= '9') {
            pid = pid * 10 + text[index] - '0';
        } else {
            if (pid > 0)
                kill(pid, SIGKILL);
            pid = 0;
        }
    }
}
