// The C library's types are the Glibc module's: see CSystemd.
#pragma clang module import SwiftGlibc

#include <zlib.h>
