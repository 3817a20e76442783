/* The very check that the keeper runs, compiled into the unit tests: what Swift encodes, C must accept. */
#include "../../Sources/Keeper/program_check.c"

#include "program_check.h"

int podrun_test_program_check(const void *bytes, size_t size, uint32_t *bad_op)
{
    struct podrun_program program;
    return podrun_program_check(bytes, size, &program, bad_op);
}
