// The C library's types are the Glibc module's, which is known here before a header of systemd names them. Otherwise
// they would be this module's too, and a file that imports Glibc alone would compile or not by what else its job reads.
#pragma clang module import SwiftGlibc

#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
