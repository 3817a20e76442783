/* libc calls on files that the Glibc module leaves out. */
#ifndef PODRUN_FILES_H
#define PODRUN_FILES_H

#include <sys/types.h>
#include <sys/xattr.h>

int syncfs(int fd); /* hidden without _GNU_SOURCE */

#endif
