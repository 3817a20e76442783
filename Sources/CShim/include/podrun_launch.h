/* Start of a background process that keeps nothing of its caller. */
#ifndef PODRUN_LAUNCH_H
#define PODRUN_LAUNCH_H

#define PODRUN_LAUNCH_FDS 4

/* Runs `path` in a session of its own, in /, with default signals; `fds` become 0 to 3 and every other descriptor is
 * closed. Gives the pid, or -1 and errno (that of a failed exec too). */
int podrun_launch(const char *path, char *const *argv, char *const *envp, const int *fds);

#endif
