#include <malloc.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

/* Declared by <fcntl.h> for _GNU_SOURCE only: sync_file_range(2). */
int sync_file_range(int descriptor, long long offset, long long count, unsigned int flags);
#define NIGHTJAR_SYNC_FILE_RANGE_WRITE 2u

/* Declared by <spawn.h> for _GNU_SOURCE only: posix_spawn_file_actions_addchdir_np(3) and its kind. */
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
#define NIGHTJAR_SPAWN_SETSID 0x80

/* Declared by <stdio.h> for _GNU_SOURCE only: renameat2(2). */
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags);
#define NIGHTJAR_RENAME_NOREPLACE 1u
