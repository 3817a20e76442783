#define _GNU_SOURCE
#include "attach.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "keeper.h"
#include "message.h"

#define UNREAD_SIZE (8 << 20) /* bytes that a client may be behind; the kernel grants twice that, for its bookkeeping */
#define PATIENCE_MS 3000

struct client {
    struct podrun_log *log; /* NULL: free */
    int socket;
    uint64_t late_until; /* ms; 0: it has room. Until then its log waits for it */
};

static struct client clients[PODRUN_MAX_ATTACHED];
static uint32_t client_count; /* entries ever used */

static uint64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static short state_of(const struct client *client)
{
    struct pollfd state = {.fd = client->socket, .events = POLLOUT};
    return poll(&state, 1, 0) > 0 ? state.revents : 0;
}

static void watch(uint32_t index, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = podrun_watch(PODRUN_WATCH_CLIENT, index)};
    (void)epoll_ctl(podrun_keeper.epoll, operation, clients[index].socket, &event);
}

static bool is_waited_for(const struct podrun_log *log)
{
    for (uint32_t index = 0; index < client_count; index++)
        if (clients[index].log == log && clients[index].late_until > 0)
            return true;
    return false;
}

static void drop(struct client *client)
{
    struct podrun_log *log = client->log;
    close(client->socket); /* also leaves epoll */
    client->log = NULL;
    if (client->late_until > 0 && !is_waited_for(log))
        podrun_log_resume(log);
}

bool podrun_attach_has_room(const struct podrun_log *log)
{
    bool has_room = true;
    for (uint32_t index = 0; index < client_count; index++) {
        struct client *client = &clients[index];
        if (client->log != log ||
            state_of(client) != 0) /* a socket of this kind has room up to a quarter of its size */
            continue;
        client->late_until = now_ms() + PATIENCE_MS;
        watch(index, EPOLL_CTL_MOD, EPOLLOUT);
        has_room = false;
    }
    return has_room;
}

int podrun_attach_wait(void)
{
    uint64_t first = 0, now = 0;
    for (uint32_t index = 0; index < client_count; index++) {
        struct client *client = &clients[index];
        if (!client->log || client->late_until == 0)
            continue;
        now = now > 0 ? now : now_ms();
        if (client->late_until <= now)
            drop(client);
        else if (first == 0 || client->late_until < first)
            first = client->late_until;
    }
    return first == 0 ? -1 : (int)(first - now);
}

void podrun_attach_ready(uint32_t index)
{
    struct client *client = &clients[index];
    if (index >= client_count || !client->log)
        return;
    /* The event may be about who had the entry before. */
    short state = state_of(client);
    if (state & (POLLHUP | POLLERR)) {
        drop(client);
    } else if (client->late_until > 0 && state != 0) {
        client->late_until = 0;
        watch(index, EPOLL_CTL_MOD, 0);
        if (!is_waited_for(client->log))
            podrun_log_resume(client->log);
    }
}

static int tell(int socket, uint8_t type, const char *bytes, size_t size, int fd)
{
    struct iovec parts[2] = {{&type, sizeof type}, {(void *)(uintptr_t)bytes, size}};
    return podrun_send_message(socket, parts, 2, fd, MSG_DONTWAIT);
}

int podrun_attach_client(struct podrun_log *log, int socket, int input)
{
    uint32_t index = 0;
    while (index < client_count && clients[index].log)
        index++;
    if (index == PODRUN_MAX_ATTACHED)
        return EMFILE;
    int kind = 0, unread = UNREAD_SIZE;
    socklen_t size = sizeof kind;
    if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &kind, &size) < 0 || kind != SOCK_SEQPACKET)
        return EINVAL; /* a stream would tear messages where its buffer is full */
    (void)setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &unread, sizeof unread);
    /* No event is asked for: EPOLLHUP, the client's end, is always told. */
    struct epoll_event event = {.data.u64 = podrun_watch(PODRUN_WATCH_CLIENT, index)};
    if (epoll_ctl(podrun_keeper.epoll, EPOLL_CTL_ADD, socket, &event) < 0)
        return errno;
    int error = tell(socket, PODRUN_ATTACH_BEGIN, NULL, 0, input);
    if (error != 0) {
        epoll_ctl(podrun_keeper.epoll, EPOLL_CTL_DEL, socket, NULL);
        return error;
    }
    clients[index] = (struct client){.log = log, .socket = socket};
    if (index == client_count)
        client_count++;
    return 0;
}

void podrun_attach_copy(const struct podrun_log *log, bool is_stderr, const char *bytes, size_t size)
{
    for (uint32_t index = 0; index < client_count; index++)
        if (clients[index].log == log &&
            tell(clients[index].socket, is_stderr ? PODRUN_ATTACH_STDERR : PODRUN_ATTACH_STDOUT, bytes, size, -1) != 0)
            drop(&clients[index]);
}

void podrun_attach_end(const struct podrun_log *log)
{
    for (uint32_t index = 0; index < client_count; index++)
        if (clients[index].log == log) {
            (void)tell(clients[index].socket, PODRUN_ATTACH_END, NULL, 0, -1);
            drop(&clients[index]);
        }
}
