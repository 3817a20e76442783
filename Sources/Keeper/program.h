/* A child program that passed the check: every offset, count and slot in it is in bounds, every string ends. */
#ifndef PODRUN_KEEPER_PROGRAM_H
#define PODRUN_KEEPER_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "../CShim/include/podrun_program.h"

struct podrun_program {
    const struct podrun_program_header *header;
    const struct podrun_op *ops;
    const char *strings;
};

/* Checks `size` bytes (8-byte aligned) and fills `program` with pointers into them. Returns 0 or EBADMSG; `bad_op` is
 * then the first op that breaks a rule of podrun_program.h, or UINT32_MAX for the header. Reads nothing but the bytes.
 */
int podrun_program_check(const void *bytes, size_t size, struct podrun_program *program, uint32_t *bad_op);

/* Strings of a list before its closing empty one. */
size_t podrun_list_count(const char *list);

#endif
