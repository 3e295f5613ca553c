/* A library for LD_PRELOAD that makes one system call fail which writes below a folder.
 *
 * FAULT_ROOT  the folder
 * FAULT_AT    which of these calls fails, counted from 1; 0 for none
 * FAULT_KIND  EIO or ENOSPC, as errno; `short`, where the call writes half of its bytes and all others succeed;
 *             `kill`, where the process is killed just before the call; `lasting` as ENOSPC from that call on
 * FAULT_LOG   a file that gets a line for each call: its number, `!` where it is made to fail or `-`, its name, its path
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static long fault_at;
static const char *kind;
static char root[PATH_MAX];
static int log_file = -1;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("FAULT_ROOT"), *at = getenv("FAULT_AT"), *path = getenv("FAULT_LOG");
    if (!folder || !realpath(folder, root)) root[0] = 0;
    fault_at = at ? atol(at) : 0;
    kind = getenv("FAULT_KIND");
    if (!kind) kind = "EIO";
    if (path) log_file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_below(const char *path) {
    size_t length = strlen(root);
    return length && strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* What a path means, without looking at whether it exists. */
static const char *whole(int folder, const char *path, char *buffer) {
    if (!path) return "";
    if (path[0] == '/') return path;
    char link[64];
    ssize_t length;
    if (folder == AT_FDCWD) {
        if (!getcwd(buffer, PATH_MAX)) return path;
        length = (ssize_t)strlen(buffer);
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        length = readlink(link, buffer, PATH_MAX - 1);
        if (length < 0) return path;
    }
    snprintf(buffer + length, (size_t)(PATH_MAX - length), "/%s", path);
    return buffer;
}

static const char *of(int file, char *buffer) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    buffer[length < 0 ? 0 : length] = 0;
    return buffer;
}

enum verdict { PASS, FAIL, SHORT };

/* Counts a call, and says what becomes of it. */
static enum verdict judge(const char *name, const char *path) {
    if (!is_below(path)) return PASS;
    long number = atomic_fetch_add(&calls, 1) + 1;
    int isLasting = strcmp(kind, "lasting") == 0, isShort = strcmp(kind, "short") == 0;
    int isHit = fault_at && (isLasting ? number >= fault_at : number == fault_at);
    /* Who runs out of space can still delete and sync. */
    if (isLasting && (strcmp(name, "unlink") == 0 || strcmp(name, "rmdir") == 0 || strstr(name, "sync"))) isHit = 0;
    if (isShort && !strstr(name, "write")) isHit = 0;
    if (log_file >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %c %s %s\n", number, isHit ? '!' : '-', name, path + strlen(root));
        syscall(SYS_write, log_file, line, (size_t)length);
    }
    if (!isHit) return PASS;
    if (strcmp(kind, "kill") == 0) {
        kill(getpid(), SIGKILL);
        pause();
    }
    if (isShort) return SHORT;
    errno = strcmp(kind, "EIO") == 0 ? EIO : ENOSPC;
    return FAIL;
}

ssize_t write(int file, const void *bytes, size_t count) {
    char path[PATH_MAX];
    switch (judge("write", of(file, path))) {
    case FAIL: return -1;
    case SHORT: return NEXT(write)(file, bytes, (count + 1) / 2);
    default: return NEXT(write)(file, bytes, count);
    }
}

static ssize_t positioned(
    const char *name, ssize_t (*next)(int, const void *, size_t, off_t), int file, const void *bytes, size_t count,
    off_t offset) {
    char path[PATH_MAX];
    switch (judge(name, of(file, path))) {
    case FAIL: return -1;
    case SHORT: return next(file, bytes, (count + 1) / 2, offset);
    default: return next(file, bytes, count, offset);
    }
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return positioned("pwrite", NEXT(pwrite), file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return positioned("pwrite", NEXT(pwrite64), file, bytes, count, offset);
}

ssize_t writev(int file, const struct iovec *pieces, int count) {
    char path[PATH_MAX];
    switch (judge("writev", of(file, path))) {
    case FAIL: return -1;
    case SHORT: return NEXT(write)(file, pieces[0].iov_base, (pieces[0].iov_len + 1) / 2);
    default: return NEXT(writev)(file, pieces, count);
    }
}

/* Calls that either happen or do not. */
#define WHOLE(name, path, call) \
    do { \
        if (judge(name, path) == FAIL) return -1; \
        return call; \
    } while (0)

int fsync(int file) { char path[PATH_MAX]; WHOLE("fsync", of(file, path), NEXT(fsync)(file)); }
int fdatasync(int file) { char path[PATH_MAX]; WHOLE("fdatasync", of(file, path), NEXT(fdatasync)(file)); }
int ftruncate(int file, off_t size) {
    char path[PATH_MAX];
    WHOLE("ftruncate", of(file, path), NEXT(ftruncate)(file, size));
}
int ftruncate64(int file, off64_t size) {
    char path[PATH_MAX];
    WHOLE("ftruncate", of(file, path), NEXT(ftruncate64)(file, size));
}
int sync_file_range(int file, off64_t offset, off64_t count, unsigned flags) {
    char path[PATH_MAX];
    WHOLE("sync_file_range", of(file, path), NEXT(sync_file_range)(file, offset, count, flags));
}
int truncate(const char *name, off_t size) {
    char path[PATH_MAX];
    WHOLE("truncate", whole(AT_FDCWD, name, path), NEXT(truncate)(name, size));
}
int chmod(const char *name, mode_t mode) {
    char path[PATH_MAX];
    WHOLE("chmod", whole(AT_FDCWD, name, path), NEXT(chmod)(name, mode));
}
int fchmod(int file, mode_t mode) { char path[PATH_MAX]; WHOLE("fchmod", of(file, path), NEXT(fchmod)(file, mode)); }
int rename(const char *from, const char *to) {
    char path[PATH_MAX];
    WHOLE("rename", whole(AT_FDCWD, to, path), NEXT(rename)(from, to));
}
int renameat(int a, const char *from, int b, const char *to) {
    char path[PATH_MAX];
    WHOLE("rename", whole(b, to, path), NEXT(renameat)(a, from, b, to));
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    char path[PATH_MAX];
    WHOLE("rename", whole(b, to, path), NEXT(renameat2)(a, from, b, to, flags));
}
int link(const char *from, const char *to) {
    char path[PATH_MAX];
    WHOLE("link", whole(AT_FDCWD, to, path), NEXT(link)(from, to));
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
    char path[PATH_MAX];
    WHOLE("link", whole(b, to, path), NEXT(linkat)(a, from, b, to, flags));
}
int unlink(const char *name) {
    char path[PATH_MAX];
    WHOLE("unlink", whole(AT_FDCWD, name, path), NEXT(unlink)(name));
}
int unlinkat(int folder, const char *name, int flags) {
    char path[PATH_MAX];
    WHOLE("unlink", whole(folder, name, path), NEXT(unlinkat)(folder, name, flags));
}
int rmdir(const char *name) {
    char path[PATH_MAX];
    WHOLE("rmdir", whole(AT_FDCWD, name, path), NEXT(rmdir)(name));
}
int remove(const char *name) {
    char path[PATH_MAX];
    WHOLE("unlink", whole(AT_FDCWD, name, path), NEXT(remove)(name));
}
int mknod(const char *name, mode_t mode, dev_t device) {
    char path[PATH_MAX];
    WHOLE("mknod", whole(AT_FDCWD, name, path), NEXT(mknod)(name, mode, device));
}
int mkdir(const char *name, mode_t mode) {
    char path[PATH_MAX];
    WHOLE("mkdir", whole(AT_FDCWD, name, path), NEXT(mkdir)(name, mode));
}
int mkdirat(int folder, const char *name, mode_t mode) {
    char path[PATH_MAX];
    WHOLE("mkdir", whole(folder, name, path), NEXT(mkdirat)(folder, name, mode));
}

/* Opening makes a file where it is asked to. */
static mode_t mode_of(int flags, va_list *more) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(*more, mode_t) : 0; }

#define OPENING(name, folder, path, flags, call) \
    do { \
        char buffer[PATH_MAX]; \
        if (flags & O_CREAT && judge(name, whole(folder, path, buffer)) == FAIL) return -1; \
        return call; \
    } while (0)

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, &more);
    va_end(more);
    OPENING("open", AT_FDCWD, path, flags, NEXT(open)(path, flags, mode));
}
int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, &more);
    va_end(more);
    OPENING("open", AT_FDCWD, path, flags, NEXT(open64)(path, flags, mode));
}
int openat(int folder, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, &more);
    va_end(more);
    OPENING("open", folder, path, flags, NEXT(openat)(folder, path, flags, mode));
}
int openat64(int folder, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, &more);
    va_end(more);
    OPENING("open", folder, path, flags, NEXT(openat64)(folder, path, flags, mode));
}
