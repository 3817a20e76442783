#ifndef PODRUN_TESTS_PROGRAM_CHECK_H
#define PODRUN_TESTS_PROGRAM_CHECK_H

#include <stddef.h>
#include <stdint.h>

/* The keeper's check of a child program: 0 or EBADMSG, then with the first bad op in `bad_op`. */
int podrun_test_program_check(const void *bytes, size_t size, uint32_t *bad_op);

#endif
