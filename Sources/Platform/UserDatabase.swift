internal import Glibc

/// Users and groups of the machine, by name or number.
package enum UserDatabase {
    /// The number of a user; `nil` when there is none of that name. A number stands for itself.
    package static func user(_ name: String) -> UInt32? {
        if let number = UInt32(name) { return number }
        var entry = unsafe passwd()
        var buffer = [CChar](repeating: 0, count: 16_384)
        var result: UnsafeMutablePointer<passwd>?
        // getpwnam_r fills `entry` with pointers into `buffer`, of which only the number is taken.
        guard unsafe getpwnam_r(name, &entry, &buffer, buffer.count, &result) == 0, unsafe result != nil else {
            return nil
        }
        return unsafe entry.pw_uid
    }

    /// The number of a group; `nil` when there is none of that name. A number stands for itself.
    package static func group(_ name: String) -> UInt32? {
        if let number = UInt32(name) { return number }
        var entry = unsafe GroupEntry()
        var buffer = [CChar](repeating: 0, count: 65_536)
        var result: UnsafeMutablePointer<GroupEntry>?
        guard unsafe getgrnam_r(name, &entry, &buffer, buffer.count, &result) == 0, unsafe result != nil else {
            return nil
        }
        return unsafe entry.gr_gid
    }
}

// `group` is a structure and, here, a function's name.
private typealias GroupEntry = Glibc.group
