/* Tells the thread sanitizer of Swift's Mutex, for LD_PRELOAD.
 *
 * On Linux a Mutex that nobody waits for is locked by atomic operations in the program itself, which the sanitizer sees. One
 * that somebody waits for is handed over by the kernel, within Swift's own library, which is not instrumented: without this,
 * all that such a Mutex protects is reported as a race.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

/* Programs without the sanitizer are started by the tests, too. */
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

typedef __attribute__((swiftcall)) void (*Lock)(uint32_t, __attribute__((swift_context)) void *);
typedef __attribute__((swiftcall)) void (*Unlock)(__attribute__((swift_context)) void *);

static void *real(_Atomic(void *) *known, const char *name) {
    void *found = atomic_load(known);
    if (!found) {
        found = dlsym(RTLD_NEXT, name);
        atomic_store(known, found);
    }
    return found;
}

__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *mutex) __asm__(LOCK);
__attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) void *mutex) __asm__(UNLOCK);

__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *mutex) {
    static _Atomic(void *) known;
    ((Lock)real(&known, LOCK))(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

__attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) void *mutex) {
    static _Atomic(void *) known;
    if (__tsan_release) __tsan_release(mutex);
    ((Unlock)real(&known, UNLOCK))(mutex);
}
