// Loaded into the daemon by torture.py (LD_PRELOAD): steps its clock and slows its disk down, as a file says.
//
// The file that TORTURE_SHIM names holds two little-endian 64-bit integers: microseconds to add to the real-time
// clock, and microseconds that each synchronization takes longer.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *shared;

__attribute__((constructor)) static void attach(void) {
    const char *path = getenv("TORTURE_SHIM");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *memory = mmap(NULL, 16, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED) shared = memory;
}

static void step(struct timespec *time) {
    int64_t nanoseconds = time->tv_nsec + shared[0] % 1000000 * 1000;
    time->tv_sec += shared[0] / 1000000 + nanoseconds / 1000000000;
    time->tv_nsec = nanoseconds % 1000000000;
    if (time->tv_nsec < 0) {
        time->tv_nsec += 1000000000;
        time->tv_sec -= 1;
    }
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME && shared) step(time);
    return result;
}

static void delay(void) {
    if (shared && shared[1] > 0) usleep((useconds_t)shared[1]);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    delay();
    return real(file);
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    delay();
    return real(file);
}
