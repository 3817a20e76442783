#define _GNU_SOURCE
#include "log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "keeper.h"

#define READ_SIZE          65536u
#define OUTPUT_SIZE        65536u
#define STAMP_LENGTH       30u /* 2026-11-21T08:17:40.123456789Z */
#define HEAD_LENGTH        (STAMP_LENGTH + sizeof " stdout F " - 1)
#define DRAIN_READS        32u /* 2 MiB: twice the largest pipe */
#define FILE_MODE          0640
#define NOTE_SIZE          160u
#define ROTATED_NUMBER_MAX 999u
#define ROTATE_TRIES       1000u

struct stream {
    struct podrun_log *log; /* NULL: free */
    int fd;
    bool is_stderr;
    uint32_t pending; /* bytes of an unfinished line in `pendings` */
};

struct podrun_log {
    int directory, file; /* directory -1: free */
    bool is_held;        /* a process refers to it */
    uint32_t streams;    /* open ones */
    uint64_t size, max_bytes, lost;
    uint32_t max_files;
    time_t rotated_at; /* of the newest rotated name, with its number: names never go back */
    unsigned rotated_number;
    char name[PODRUN_LOG_NAME_MAX];
};

/* Static and page aligned: pages that are never touched, or given back by podrun_log_cool, cost nothing. The input has
 * room for an unfinished line in front of what is read. */
static struct podrun_log logs[PODRUN_MAX_LOGS];
static struct stream streams[PODRUN_MAX_STREAMS];
static uint32_t stream_count; /* entries ever used */
static char pendings[PODRUN_MAX_STREAMS][PODRUN_LOG_LINE] __attribute__((aligned(4096)));
static char input[PODRUN_LOG_LINE + READ_SIZE] __attribute__((aligned(4096)));
static char output[OUTPUT_SIZE] __attribute__((aligned(4096)));
static uint32_t output_used, output_lines;
static bool is_warm;

/* `written` counts what got in, also when it fails. */
static int write_all(int fd, const char *bytes, size_t size, size_t *written)
{
    *written = 0;
    while (*written < size) {
        ssize_t count = write(fd, bytes + *written, size - *written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno;
        *written += (size_t)count;
    }
    return 0;
}

static char *put_digits(char *at, uint64_t value, unsigned digits)
{
    for (unsigned index = digits; index > 0; index--) {
        at[index - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + digits;
}

static struct tm utc(time_t seconds)
{
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    gmtime_r(&seconds, &parts);
    return parts;
}

static void put_stamp(char *at)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm day = utc(now.tv_sec);
    at = put_digits(at, (uint64_t)day.tm_year + 1900, 4);
    *at++ = '-';
    at = put_digits(at, (uint64_t)day.tm_mon + 1, 2);
    *at++ = '-';
    at = put_digits(at, (uint64_t)day.tm_mday, 2);
    *at++ = 'T';
    at = put_digits(at, (uint64_t)day.tm_hour, 2);
    *at++ = ':';
    at = put_digits(at, (uint64_t)day.tm_min, 2);
    *at++ = ':';
    at = put_digits(at, (uint64_t)day.tm_sec, 2);
    *at++ = '.';
    at = put_digits(at, (uint64_t)now.tv_nsec, 9);
    *at = 'Z';
}

/* "<name>.20261121-081740", or with ".001" and so on: names sort by age also when many are made in a second. */
static void put_rotated_name(char *at, const struct podrun_log *log)
{
    size_t length = strlen(log->name);
    struct tm day = utc(log->rotated_at);
    memcpy(at, log->name, length);
    at += length;
    *at++ = '.';
    at = put_digits(at, (uint64_t)day.tm_year + 1900, 4);
    at = put_digits(at, (uint64_t)day.tm_mon + 1, 2);
    at = put_digits(at, (uint64_t)day.tm_mday, 2);
    *at++ = '-';
    at = put_digits(at, (uint64_t)day.tm_hour, 2);
    at = put_digits(at, (uint64_t)day.tm_min, 2);
    at = put_digits(at, (uint64_t)day.tm_sec, 2);
    if (log->rotated_number > 0) {
        *at++ = '.';
        at = put_digits(at, log->rotated_number, 3);
    }
    *at = '\0';
}

/* The next name is younger than all before it, also when those were removed or the clock was set back. */
static void advance_rotation(struct podrun_log *log)
{
    time_t now = time(NULL);
    if (now > log->rotated_at) {
        log->rotated_at = now;
        log->rotated_number = 0;
    } else if (++log->rotated_number > ROTATED_NUMBER_MAX) {
        log->rotated_at++;
        log->rotated_number = 0;
    }
}

static int open_file(struct podrun_log *log)
{
    int file = openat(log->directory, log->name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                      FILE_MODE);
    if (file < 0)
        return errno;
    struct stat about;
    if (fstat(file, &about) < 0 || !S_ISREG(about.st_mode)) {
        close(file);
        return EINVAL;
    }
    if (log->file >= 0)
        close(log->file);
    log->file = file;
    log->size = (uint64_t)about.st_size;
    return 0;
}

/* Counts `name`'s rotated files and finds the oldest; names are compared as text. */
static uint32_t count_rotated(const struct podrun_log *log, char *oldest)
{
    size_t length = strlen(log->name);
    uint32_t count = 0;
    int directory = openat(log->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return 0;
    char entries[2048] __attribute__((aligned(8)));
    long size;
    while ((size = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0) {
        for (long at = 0; at < size;) {
            const struct dirent *entry = (const struct dirent *)(entries + at);
            at += entry->d_reclen;
            const char *name = entry->d_name;
            if (strncmp(name, log->name, length) != 0 || name[length] != '.' || name[length + 1] < '0' ||
                name[length + 1] > '9' || strlen(name) >= PODRUN_LOG_NAME_MAX + 32)
                continue;
            if (count++ == 0 || strcmp(name, oldest) < 0)
                strcpy(oldest, name);
        }
    }
    close(directory);
    return count;
}

static void rotate(struct podrun_log *log)
{
    struct stat about;
    if (fstat(log->file, &about) == 0) {
        log->size = (uint64_t)about.st_size; /* someone may have truncated it */
        if (about.st_nlink == 0) {
            (void)open_file(log);
            return;
        }
        if (log->size + output_used <= log->max_bytes)
            return;
    }
    char name[PODRUN_LOG_NAME_MAX + 32];
    for (unsigned tries = 0; tries < ROTATE_TRIES; tries++) {
        advance_rotation(log);
        put_rotated_name(name, log);
        if (syscall(SYS_renameat2, log->directory, log->name, log->directory, name, 1u /* RENAME_NOREPLACE */) == 0)
            break;
        if (errno == ENOENT)
            break; /* someone took it away */
        if (errno != EEXIST)
            return; /* keep writing where we are */
    }
    (void)open_file(log);
    if (log->max_files == 0)
        return;
    char oldest[PODRUN_LOG_NAME_MAX + 32];
    while (count_rotated(log, oldest) > log->max_files - 1)
        if (unlinkat(log->directory, oldest, 0) < 0)
            return;
}

/* All of it or nothing: what got in of a torn record goes out again. */
static int append(struct podrun_log *log, const char *bytes, size_t size)
{
    size_t written;
    int error = write_all(log->file, bytes, size, &written);
    log->size += written;
    if (error == 0 || written == 0)
        return error;
    struct stat about;
    if (fstat(log->file, &about) == 0 && (size_t)about.st_size >= written &&
        ftruncate(log->file, about.st_size - (off_t)written) == 0)
        log->size -= written;
    return error;
}

/* What could not be written is told in the log itself as soon as it can be. */
static bool write_note(struct podrun_log *log)
{
    char note[NOTE_SIZE];
    static const char text[] = " stderr F [podrun: lines of output lost, the log could not be written: ";
    put_stamp(note);
    char *at = note + STAMP_LENGTH;
    memcpy(at, text, sizeof text - 1);
    at = put_digits(at + sizeof text - 1, log->lost, 10);
    *at++ = ']';
    *at++ = '\n';
    if (append(log, note, (size_t)(at - note)) != 0)
        return false;
    log->lost = 0;
    return true;
}

static void flush(struct podrun_log *log)
{
    if (output_used == 0)
        return;
    if (log->max_bytes > 0 && log->size > 0 && log->size + output_used > log->max_bytes)
        rotate(log);
    int error = log->lost > 0 && !write_note(log) ? ENOSPC : append(log, output, output_used);
    if (error != 0) { /* these lines are lost, the container runs on */
        if (log->lost == 0)
            podrun_note("write container log", error);
        log->lost += output_lines;
    }
    output_used = 0;
    output_lines = 0;
}

static void put_record(struct stream *stream, const char *head, bool is_partial, const char *text, size_t length)
{
    if (output_used + HEAD_LENGTH + length + 1 > sizeof output)
        flush(stream->log);
    char *at = output + output_used;
    memcpy(at, head, HEAD_LENGTH);
    at[HEAD_LENGTH - 2] = is_partial ? 'P' : 'F';
    memcpy(at + HEAD_LENGTH, text, length);
    at[HEAD_LENGTH + length] = '\n';
    output_used += (uint32_t)(HEAD_LENGTH + length + 1);
    output_lines++;
}

static void close_stream(struct stream *stream)
{
    struct podrun_log *log = stream->log;
    close(stream->fd); /* also leaves epoll */
    stream->log = NULL;
    log->streams--;
    if (!log->is_held)
        podrun_log_release(log);
}

/* Returns whether there may be more. */
static bool pump(struct stream *stream)
{
    char *pending = pendings[stream - streams];
    char *fresh = input + stream->pending;
    ssize_t size = read(stream->fd, fresh, READ_SIZE);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    is_warm = true;
    char head[HEAD_LENGTH];
    put_stamp(head);
    memcpy(head + STAMP_LENGTH, stream->is_stderr ? " stderr F " : " stdout F ", HEAD_LENGTH - STAMP_LENGTH);
    if (size <= 0) { /* the end; a pty's is EIO */
        if (stream->pending > 0)
            put_record(stream, head, true, pending, stream->pending);
        flush(stream->log);
        close_stream(stream);
        return false;
    }
    podrun_attach_copy(stream->log, stream->is_stderr, fresh, (size_t)size);
    memcpy(input, pending, stream->pending);
    const char *at = input, *end = fresh + size;
    for (const char *scan = fresh;;) {
        const char *newline = memchr(scan, '\n', (size_t)(end - scan));
        const char *stop = newline ? newline : end;
        while ((size_t)(stop - at) > PODRUN_LOG_LINE) {
            put_record(stream, head, true, at, PODRUN_LOG_LINE);
            at += PODRUN_LOG_LINE;
        }
        if (!newline)
            break;
        put_record(stream, head, false, at, (size_t)(newline - at));
        at = scan = newline + 1;
    }
    stream->pending = (uint32_t)(end - at);
    memcpy(pending, at, stream->pending);
    flush(stream->log);
    return true;
}

int podrun_log_open(int directory, const struct podrun_request *request, struct podrun_log **opened)
{
    for (uint32_t index = 0; index < PODRUN_MAX_LOGS; index++) {
        struct podrun_log *log = &logs[index];
        if (log->is_held || log->streams > 0)
            continue;
        *log = (struct podrun_log){
            .directory = directory,
            .file = -1,
            .is_held = true,
            .max_bytes = request->log_max_bytes,
            .max_files = request->log_max_files,
        };
        memcpy(log->name, request->log_name, sizeof log->name);
        int error = open_file(log);
        if (error != 0)
            log->is_held = false;
        *opened = log;
        return error;
    }
    return EMFILE;
}

int podrun_log_add(struct podrun_log *log, int fd, bool is_stderr, int epoll)
{
    for (uint32_t index = 0; index < PODRUN_MAX_STREAMS; index++) {
        struct stream *stream = &streams[index];
        if (stream->log)
            continue;
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = podrun_watch(PODRUN_WATCH_STREAM, index)};
        if (fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK) < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
            return errno;
        *stream = (struct stream){.log = log, .fd = fd, .is_stderr = is_stderr};
        log->streams++;
        if (index == stream_count)
            stream_count++;
        return 0;
    }
    return EMFILE;
}

/* A stream that is not watched is not in the epoll at all: the end of its writers would be told again and again. */
static void watch(const struct podrun_log *log, int operation)
{
    for (uint32_t index = 0; index < stream_count; index++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = podrun_watch(PODRUN_WATCH_STREAM, index)};
        if (streams[index].log == log)
            (void)epoll_ctl(podrun_keeper.epoll, operation, streams[index].fd, &event);
    }
}

void podrun_log_pump(uint32_t index)
{
    struct stream *stream = &streams[index];
    if (index >= stream_count || !stream->log)
        return;
    if (podrun_attach_has_room(stream->log))
        pump(stream);
    else
        watch(stream->log, EPOLL_CTL_DEL);
}

void podrun_log_resume(struct podrun_log *log)
{
    watch(log, EPOLL_CTL_ADD);
}

void podrun_log_drain(struct podrun_log *log)
{
    for (uint32_t index = 0; index < stream_count; index++) {
        struct stream *stream = &streams[index];
        for (unsigned reads = 0; reads < DRAIN_READS && stream->log && (!log || stream->log == log); reads++)
            if (!pump(stream))
                break;
    }
}

void podrun_log_release(struct podrun_log *log)
{
    if (!log)
        return;
    log->is_held = false;
    podrun_attach_end(log);
    if (log->streams > 0)
        return;
    if (log->file >= 0)
        close(log->file);
    if (log->directory >= 0)
        close(log->directory);
    log->file = log->directory = -1;
}

int podrun_log_reopen(struct podrun_log *log)
{
    return open_file(log);
}

bool podrun_log_is_warm(void)
{
    return is_warm;
}

void podrun_log_cool(void)
{
    is_warm = false;
    madvise(input, sizeof input, MADV_DONTNEED);
    madvise(output, sizeof output, MADV_DONTNEED);
    for (uint32_t index = 0; index < stream_count; index++)
        if (!streams[index].log || streams[index].pending == 0)
            madvise(pendings[index], sizeof pendings[index], MADV_DONTNEED);
}
