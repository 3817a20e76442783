#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>

/* report.c: one JSON object on stdout; a key is followed by one value. */
void json_key(const char *name);
void json_open(char bracket);
void json_close(char bracket);
void json_string(const char *text, size_t length);
void json_item(const char *text);
void json_text(const char *name, const char *text);
void json_number(const char *name, long long value);
void directory_member(const char *key, const char *path);
void report(int argc, char **argv, char **environment);

/* serve.c */
int serve(const char *port);
int serve_health(const char *port, const char *status, const char *code);

/* attempts.c: tries what a container must not be able to do, {attempt: errno name}. */
void attempts(void);

/* syscalls.c: what the seccomp filter answers to each number, {ABI: [answer]}. */
void system_calls(void);

/* attacks.c */
int overwrite(void);
int watch_processes(const char *canary);
int escape(const char *canary);
int mark(const char *name);
int push_input(const char *text);
int connect_to_sockets(void);
int keys(const char *verb, const char *name);
int relink(const char *target, const char *path);
int ask(const char *path);
int touch(const char *path);
int flood_descriptors(void);

/* network.c */
int hear(const char *port);
int spoof(const char *source, const char *destination, const char *port);

#endif
