internal import Glibc

/// How many processors this machine has in use; one at least.
package func processorCount() -> Int {
    max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}
