// Linux calls that the Glibc module leaves out, as it is built without _GNU_SOURCE. Declarations and
// one-line wrappers only: no code of ours is in C.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/// statx(2), as the C library's own declaration clashes with the kernel's header.
static inline int linux_statx(int directory, const char *path, int flags, unsigned mask, struct statx *result) {
    return (int)syscall(SYS_statx, directory, path, flags, mask, result);
}

/// statx's flag for "the descriptor itself".
#define LINUX_AT_EMPTY_PATH 0x1000

/// Takes memory of at least so many bytes from the kernel each time, and gives it back when it is freed: mallopt(3).
/// Otherwise the C library learns from the first large memory that is freed to keep all of that size.
extern int mallopt(int option, int value);
static inline int linux_return_memory(int byteCount) {
    return mallopt(-3 /* M_MMAP_THRESHOLD of malloc.h */, byteCount);
}

/// Gives back to the kernel what is free between what is used: malloc_trim(3).
extern int malloc_trim(size_t pad);

/// Names the calling thread, prctl(2); at most 15 bytes count.
static inline int linux_name_thread(const char *name) {
    return prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0);
}

/// A timer that reads as due, timerfd_create(2), on the clock that goes on while the machine sleeps.
static inline int linux_timer(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC); }

/// Sets a timer to be due once after a time, or never for zero: timerfd_settime(2).
static inline int linux_set_timer(int timer, int64_t seconds, int64_t nanoseconds) {
    const struct itimerspec time = {.it_value = {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    return timerfd_settime(timer, 0, &time, NULL);
}

/// Asks for a signal when the parent process ends, prctl(2).
static inline int linux_signal_on_parent_death(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0);
}

/// Closes every descriptor from `first` on in a process to be spawned: posix_spawn_file_actions_addclosefrom_np(3),
/// which the C library declares only with _DEFAULT_SOURCE.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

/// Finds bytes within bytes, memmem(3), which the C library declares only with _GNU_SOURCE.
extern void *memmem(const void *text, size_t text_size, const void *needle, size_t needle_size);

/// Who is at the other end of a Unix socket: unix(7), SO_PEERCRED.
struct linux_peer {
    int32_t process;
    uint32_t user;
    uint32_t group;
};
