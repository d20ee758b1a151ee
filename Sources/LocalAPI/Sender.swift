internal import CLinux
package import EventModel
internal import Glibc
internal import NIOPosix

/// Who sends a request, as the kernel says (unix(7), SO_PEERCRED): whoever called `connect`.
package struct Sender: Equatable, Sendable {
    /// Effective user id.
    package let user: UInt32
    /// Effective group id.
    package let group: UInt32
    /// Process id; 0 when the process is in a namespace that we cannot see.
    package let process: Int32
    /// Name of the program, as the kernel keeps it (`/proc/PID/comm`, 15 bytes); empty when the process is gone.
    package let program: Text
    /// Name of the user; empty when the machine knows none.
    package let userName: Text

    package init(user: UInt32, group: UInt32, process: Int32, program: Text, userName: Text) {
        self.user = user
        self.group = group
        self.process = process
        self.program = program
        self.userName = userName
    }
}

extension Sender {
    /// Looks up program and user of a peer, on a thread that may block: names can come from a directory server.
    static func find(_ peer: linux_peer) async -> Sender {
        let names = try? await NIOThreadPool.singleton.runIfActive {
            (program: programName(process: peer.process), user: userName(of: peer.user))
        }
        return Sender(
            user: peer.user, group: peer.group, process: peer.process, program: names?.program ?? .empty,
            userName: names?.user ?? .empty)
    }

    private static func programName(process: Int32) -> Text {
        guard process > 0 else { return .empty }
        let descriptor = unsafe open("/proc/\(process)/comm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .empty }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        return Text(Array(bytes.prefix(max(count, 0)).prefix { $0 != 0x0A }))
    }

    private static func userName(of user: UInt32) -> Text {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        // On success `pw_name` is a C string in `buffer`, and is copied before that goes away.
        return unsafe buffer.withUnsafeMutableBufferPointer { memory in
            guard unsafe getpwuid_r(user, &entry, memory.baseAddress!, memory.count, &found) == 0,
                unsafe found != nil, let name = unsafe entry.pw_name
            else { return Text.empty }
            return unsafe Text(Array(UnsafeRawBufferPointer(start: name, count: strlen(name))))
        }
    }
}
