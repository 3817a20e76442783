/* The floor: what a two-container pod costs in plain C, with no agent, no state, no logs and no restarts.
 * podrun is measured against it, so every container gets the same kernel objects as podrun's. */
#ifndef FLOOR_H
#define FLOOR_H

#include <linux/filter.h>
#include <net/if.h>
#include <stdint.h>
#include <sys/types.h>

#define FLOOR_CONTAINERS 2
#define FLOOR_PATH       512

/* Where everything lives; made once, before the first measured pod. */
struct host {
    char directory[FLOOR_PATH]; /* layers, volumes, upper directories: removed at the end */
    char cgroup[FLOOR_PATH];    /* podrun-floor.<pid> in the cgroup2 hierarchy: removed at the end */
    int netlink;                /* NETLINK_ROUTE socket of the host */
    int network_namespace;      /* the host's, to come back to */
    unsigned bridge;            /* interface index */
    struct sock_fprog seccomp;  /* compiled once, as a runtime should */
};

struct pod {
    int number;
    pid_t pause, containers[FLOOR_CONTAINERS];
    int pause_pidfd, pidfds[FLOOR_CONTAINERS];
};

/* Microseconds from the request. */
struct start_times {
    double pause, network, execed;
};

struct teardown_times {
    double reaped, removed;
};

void floor_fail(const char *what, const char *subject) __attribute__((noreturn));
void floor_format(char *buffer, const char *format, ...) __attribute__((format(printf, 2, 3))); /* FLOOR_PATH bytes */
double floor_microseconds(void);

/* network.c */
int netlink_open(void);
unsigned bridge_make(int netlink, const char *name, const char *gateway);
void link_delete(int netlink, unsigned index);
void pod_connect(const struct host *host, const struct pod *pod, int pod_network_namespace);
void pod_link_name(const struct pod *pod, char name[IFNAMSIZ]);

/* pod.c */
void seccomp_compile(struct sock_fprog *program);
void pod_start(const struct host *host, struct pod *pod, struct start_times *times);
void pod_stop(const struct host *host, struct pod *pod, struct teardown_times *times);

#endif
