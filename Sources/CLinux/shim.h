#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

/* Declared by <fcntl.h> for _GNU_SOURCE only: sync_file_range(2). */
int sync_file_range(int descriptor, long long offset, long long count, unsigned int flags);
#define NIGHTJAR_SYNC_FILE_RANGE_WRITE 2u
