/* The one-shot and streaming SHA256_* calls are "deprecated" in favour of EVP, whose provider set-up costs a command
 * milliseconds; they stay in libcrypto 3 and reach the same SHA-NI code. */
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include <openssl/sha.h>
