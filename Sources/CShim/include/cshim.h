/* Umbrella header of what the Glibc module hides: _GNU_SOURCE comes first, variadic calls get fixed-arity wrappers. */
#ifndef PODRUN_CSHIM_H
#define PODRUN_CSHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include "podrun_keeper.h"
#include "podrun_program.h"

#endif
