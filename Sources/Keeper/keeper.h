/* The keeper's parts, one single-threaded event loop over all of them. */
#ifndef PODRUN_KEEPER_KEEPER_H
#define PODRUN_KEEPER_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../CShim/include/podrun_keeper.h"

/* What an epoll event is about: the kind in the high half, an index in the low one. */
enum podrun_watch_kind {
    PODRUN_WATCH_LISTENER,
    PODRUN_WATCH_SIGNALS,
    PODRUN_WATCH_CONNECTION,
    PODRUN_WATCH_SYNC,   /* index: process */
    PODRUN_WATCH_STREAM, /* index: log stream */
    PODRUN_WATCH_CLIENT, /* index: attached client */
};

static inline uint64_t podrun_watch(enum podrun_watch_kind kind, uint32_t index)
{
    return (uint64_t)kind << 32 | index;
}

/* Descriptors that live as long as the keeper. */
struct podrun_keeper {
    int epoll;
    int null;          /* /dev/null, verified */
    int pid_namespace; /* its own, to come back to after a birth in another */
    bool is_shutting_down;
};

extern struct podrun_keeper podrun_keeper;

/* Before the first mount or child: its mount namespace. Returns 0 or an errno. */
int podrun_keeper_enter_mounts(void);
/* One line on the keeper's own log (fd 2). */
void podrun_note(const char *what, int error);
uint64_t podrun_realtime_ns(void);

/* connection.c: the agent. Sending never blocks; an agent that doesn't read loses its connection. */
void podrun_connection_accept(void);
void podrun_connection_receive(void);
void podrun_send(const struct podrun_event *event, int fd);

/* process.c */
#define PODRUN_MAX_REQUEST_FDS (PODRUN_MAX_PASSED_SLOTS + 2u)

int podrun_processes_open(void);
/* Takes the descriptors over. */
void podrun_process_run(const struct podrun_request *request, const int *fds, uint32_t count);
void podrun_process_forget(uint64_t id);
void podrun_process_kill(uint64_t id);
/* Takes the socket over. */
void podrun_process_attach(const struct podrun_request *request, int socket);
void podrun_process_reopen_log(uint64_t id);
/* Whether any was ever cloned. */
bool podrun_process_any(void);
/* LIVE for each process that runs. */
void podrun_process_announce(void);
/* The child of process `index` handed something back, exec'd or failed. */
void podrun_process_synchronise(uint32_t index);
/* Reaps all there is to reap; false when no child is left. */
bool podrun_process_reap(void);
void podrun_process_kill_all(void);

#endif
