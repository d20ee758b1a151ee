internal import CLinux
package import EventModel
internal import Glibc
internal import NIOPosix

/// Who sends a request.
package struct Sender: Equatable, Sendable {
    /// What is known for sure.
    package enum Origin: Equatable, Sendable {
        /// A process of this machine, as the kernel says (unix(7), SO_PEERCRED): whoever called `connect`. Effective
        /// ids of user and group; the process id is 0 in a namespace that we cannot see.
        case process(user: UInt32, group: UInt32, id: Int32)
        /// Somebody at an IP address, who has shown the token or a certificate.
        case address(Text)
    }

    package let origin: Origin
    /// Name of the program, as the kernel keeps it (`/proc/PID/comm`, 15 bytes); empty when the process is gone.
    package let program: Text
    /// Name of the user; empty when the machine knows none.
    package let userName: Text
    /// What the sender calls itself when it authenticates; nobody checks it.
    package var claimedName = Text.empty

    /// A process of this machine.
    package init(user: UInt32, group: UInt32, process: Int32, program: Text, userName: Text) {
        origin = .process(user: user, group: group, id: process)
        self.program = program
        self.userName = userName
    }

    /// Somebody at an IP address.
    package init(address: Text) {
        origin = .address(address)
        program = .empty
        userName = .empty
    }
}

extension Sender {
    /// Such as `user 1000`, for one without a name.
    var userNumber: String {
        switch origin {
        case .process(let user, _, _): "user \(user)"
        case .address(let address): "somebody at \(address)"
        }
    }

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
