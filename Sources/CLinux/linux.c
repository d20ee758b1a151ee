#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>

int linux_status(int descriptor, const char *path, struct linux_status *result) {
    struct statx status;
    const int flags = path[0] == '\0' ? AT_EMPTY_PATH : 0;
    if (statx(descriptor, path, flags, STATX_BASIC_STATS | STATX_BTIME, &status) != 0) return -1;
    const int has_birth = (status.stx_mask & STATX_BTIME) != 0;
    *result = (struct linux_status){
        .device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor,
        .inode = status.stx_ino,
        .byte_count = status.stx_size,
        .modified_seconds = status.stx_mtime.tv_sec,
        .modified_nanoseconds = status.stx_mtime.tv_nsec,
        .link_count = status.stx_nlink,
        .birth_seconds = has_birth ? status.stx_btime.tv_sec : 0,
        .birth_nanoseconds = has_birth ? status.stx_btime.tv_nsec : 0,
        .mode = status.stx_mode,
    };
    return 0;
}

int linux_return_memory(int byte_count) { return mallopt(M_MMAP_THRESHOLD, byte_count); }

int linux_trim_memory(void) { return malloc_trim(0); }

int linux_name_thread(const char *name) { return prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0); }

int linux_timer(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC); }

int linux_set_timer(int timer, int64_t seconds, int64_t nanoseconds) {
    const struct itimerspec time = {.it_value = {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    return timerfd_settime(timer, 0, &time, NULL);
}

int linux_signal_on_parent_death(int signal) { return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0); }

int linux_close_from(void *actions, int first) { return posix_spawn_file_actions_addclosefrom_np(actions, first); }

_Static_assert(sizeof(struct linux_peer) == sizeof(struct ucred), "what SO_PEERCRED fills");
