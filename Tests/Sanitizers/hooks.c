// Linked into the tests and the daemon that run.sh builds: what a sanitizer must know of all processes, also of those
// that get no environment, as the reader of the journal does.
//
// SANITIZER_OPTIONS and LEAK_OPTIONS are texts: the options of the sanitizer, and of the search for leaks.

const char *__asan_default_options(void) { return SANITIZER_OPTIONS; }
const char *__lsan_default_options(void) { return LEAK_OPTIONS; }
const char *__tsan_default_options(void) { return SANITIZER_OPTIONS; }

#ifdef SANITIZER_thread
// A contended Mutex is locked and unlocked inside of Swift's library, which is not instrumented: without these, what one
// thread did before it unlocked would seem to race with the next one. The linker (--wrap) calls these in their place.
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// Synchronization._MutexHandle._lockSlow(UInt32), and _unlockSlow(); a mutex is its own address.
SWIFT void lock(uint32_t thread, SELF) __asm__("__real_$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT void unlock(SELF) __asm__("__real_$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

SWIFT void wrapped_lock(uint32_t thread, SELF)
    __asm__("__wrap_$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT void wrapped_lock(uint32_t thread, SELF) {
    lock(thread, self);
    __tsan_acquire(self);
}

SWIFT void wrapped_unlock(SELF) __asm__("__wrap_$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
SWIFT void wrapped_unlock(SELF) {
    __tsan_release(self);
    unlock(self);
}

// Swift tells of each inout argument that it may be modified, also of one that takes no memory, as an empty generator of
// random numbers: its address is anything, the same one in all threads or none at all. Only what it tells is left out;
// the loads and stores behind it are looked at.
void __wrap___tsan_external_write(void *address, void *caller, void *tag);
void __wrap___tsan_external_write(void *address, void *caller, void *tag) {
    (void)address, (void)caller, (void)tag;
}
#endif
