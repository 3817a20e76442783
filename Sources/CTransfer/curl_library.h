/* libcurl, opened when the first transfer or exchange of the process is made. */
#pragma once

#include <stdbool.h>

#define PODRUN_CURL_ERROR_SIZE 256

/* The library, initialised; NULL: error says why. Never closed: OpenSSL has handlers for the end of the process in it. */
void *podrun_curl_open(char error[PODRUN_CURL_ERROR_SIZE]);

/* Fills a pointer to the function of that name. */
bool podrun_curl_load(void *library, const char *name, void *function, char error[PODRUN_CURL_ERROR_SIZE]);
