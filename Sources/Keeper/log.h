/* Container logs in CRI format: "2026-11-21T08:17:40.123456789Z stdout F text\n"; P for a line's parts before its last.
 *
 * One log has one file and one or two streams (pipes, or a pty's master). It lives until its streams ended, which may
 * be after its process: a background child can hold a pipe open. */
#ifndef PODRUN_KEEPER_LOG_H
#define PODRUN_KEEPER_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "../CShim/include/podrun_keeper.h"

#define PODRUN_MAX_LOGS    128u
#define PODRUN_MAX_STREAMS (2u * PODRUN_MAX_LOGS)
#define PODRUN_LOG_LINE    16384u /* bytes of text in one record: containerd's and Docker's limit */

struct podrun_log;

static inline bool podrun_wants_log(const struct podrun_request *request)
{
    return request->stdio >= PODRUN_STDIO_LOG;
}

/* Opens (or makes) `name` in `directory`, which the log takes over. Returns 0 or errno. */
int podrun_log_open(int directory, const struct podrun_request *request, struct podrun_log **log);

/* Adds a stream; `fd` (taken over) becomes non-blocking and is watched by `epoll`. Returns 0 or errno. */
int podrun_log_add(struct podrun_log *log, int fd, bool is_stderr, int epoll);

/* One read of stream `index` and the write of what it held; nothing, until podrun_log_resume, while a client is behind. */
void podrun_log_pump(uint32_t index);

/* No client is behind any more. */
void podrun_log_resume(struct podrun_log *log);

/* Reads what the log's pipes (NULL: all logs') hold now, a bounded amount: before an exit is told. */
void podrun_log_drain(struct podrun_log *log);

/* No process of the keeper refers to the log any more; it goes away with its last stream. */
void podrun_log_release(struct podrun_log *log);

int podrun_log_reopen(struct podrun_log *log);

/* Whether buffers are in use, and giving their pages back while nothing is logged. */
bool podrun_log_is_warm(void);
void podrun_log_cool(void);

#endif
