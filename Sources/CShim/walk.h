#ifndef PODRUN_WALK_H
#define PODRUN_WALK_H

#include <sys/stat.h>

/* Of an entry below an open directory; a directory comes after what is in it. Not 0 ends the walk with it. */
typedef int (*podrun_visitor)(void *context, int directory, const char *name, const struct stat *status);

/* Visits all that is below `fd`, which it takes over, but not `fd` itself. -1 and errno when it could not see all; what is
 * gone when its turn comes is none of it. */
int podrun_walk(int fd, podrun_visitor visit, void *context);

#endif
