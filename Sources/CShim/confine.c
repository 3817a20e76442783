/* What a short-lived worker gives up before it reads what others wrote. */
#define _GNU_SOURCE 1
#include "cshim.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int podrun_end_with_parent(int parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return -1;
    /* It may have ended before the call. */
    if (getppid() == parent)
        return 0;
    errno = ESRCH;
    return -1;
}

static int limit(int resource, uint64_t value)
{
    struct rlimit old;
    if (getrlimit(resource, &old) != 0)
        return -1;
    rlim_t lower = old.rlim_max < value ? old.rlim_max : value;
    return setrlimit(resource, &(struct rlimit){lower, lower});
}

int podrun_confine(uint64_t kept, uint64_t data_bytes, uint64_t file_bytes)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {0};

    if (limit(RLIMIT_DATA, data_bytes) != 0 || limit(RLIMIT_FSIZE, file_bytes) != 0 || limit(RLIMIT_CORE, 0) != 0)
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    if (syscall(SYS_capget, &header, data) != 0)
        return -1;
    for (int index = 0; index < 2; index++) {
        uint32_t mask = (uint32_t)(kept >> (32 * index));
        data[index].effective &= mask;
        data[index].permitted &= mask;
        data[index].inheritable = 0;
    }
    /* Without CAP_SETPCAP the bounding set stays; no_new_privs keeps exec from giving anything back all the same. */
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        if (!(kept >> capability & 1))
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    return (int)syscall(SYS_capset, &header, data);
}
