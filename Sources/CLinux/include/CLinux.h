// Linux calls that the Glibc module leaves out, as it is built without _GNU_SOURCE. Wrappers and declarations only: what
// is decided is decided in Swift.
//
// No header of the C library is included here but for integer types. Every type of theirs that came through this module
// too could be taken for this module's: which one Swift names as the owner of, say, `timespec` depends on what else a
// compiler job reads, and a file that imports Glibc alone would compile or not by chance.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// What statx(2) says of a file: of its basic facts those that are used, and its birth, where the file system knows it.
struct linux_status {
    uint64_t device;
    uint64_t inode;
    uint64_t byte_count;
    int64_t modified_seconds;
    uint32_t modified_nanoseconds;
    uint32_t link_count;
    /// Zero where the file system does not know it.
    int64_t birth_seconds;
    uint32_t birth_nanoseconds;
    /// Type and permissions, as st_mode.
    uint32_t mode;
};

/// Asks for a file below a directory's descriptor or, for an empty path, for what the descriptor itself is of.
/// Answers 0, or -1 with errno.
int linux_status(int descriptor, const char *path, struct linux_status *result);

/// Takes memory of at least so many bytes from the kernel each time, and gives it back when it is freed: mallopt(3).
/// Otherwise the C library learns from the first large memory that is freed to keep all of that size.
int linux_return_memory(int byte_count);

/// Gives back to the kernel what is free between what is used: malloc_trim(3).
int linux_trim_memory(void);

/// Names the calling thread, prctl(2); at most 15 bytes count.
int linux_name_thread(const char *name);

/// A timer that reads as due, timerfd_create(2), on the clock that goes on while the machine sleeps.
int linux_timer(void);

/// Sets a timer to be due once after a time, or never for zero: timerfd_settime(2).
int linux_set_timer(int timer, int64_t seconds, int64_t nanoseconds);

/// Asks for a signal when the parent process ends, prctl(2).
int linux_signal_on_parent_death(int signal);

/// Closes every descriptor from `first` on in a process to be spawned, whose `posix_spawn_file_actions_t` this is:
/// posix_spawn_file_actions_addclosefrom_np(3).
int linux_close_from(void *actions, int first);

/// Finds bytes within bytes, memmem(3).
extern void *memmem(const void *text, size_t text_size, const void *needle, size_t needle_size);

/// Who is at the other end of a Unix socket: unix(7), SO_PEERCRED.
struct linux_peer {
    int32_t process;
    uint32_t user;
    uint32_t group;
};
