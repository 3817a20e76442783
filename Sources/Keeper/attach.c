#define _GNU_SOURCE
#include "attach.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keeper.h"
#include "message.h"

#define UNREAD_SIZE (8 << 20) /* bytes that a client may be behind; the kernel grants twice that, for its bookkeeping */

struct client {
    const struct podrun_log *log; /* NULL: free */
    int socket;
};

static struct client clients[PODRUN_MAX_ATTACHED];
static uint32_t client_count; /* entries ever used */

static void drop(struct client *client)
{
    close(client->socket); /* also leaves epoll */
    client->log = NULL;
}

void podrun_attach_hangup(uint32_t index)
{
    if (index >= client_count || !clients[index].log)
        return;
    /* The event may be about who had the entry before. */
    struct pollfd state = {.fd = clients[index].socket};
    if (poll(&state, 1, 0) > 0)
        drop(&clients[index]);
}

static int tell(int socket, uint8_t type, const char *bytes, size_t size, int fd)
{
    struct iovec parts[2] = {{&type, sizeof type}, {(void *)(uintptr_t)bytes, size}};
    return podrun_send_message(socket, parts, 2, fd, MSG_DONTWAIT);
}

int podrun_attach_client(const struct podrun_log *log, int socket, int input)
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
