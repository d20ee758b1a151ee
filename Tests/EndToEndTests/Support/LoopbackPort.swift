import Foundation
import Glibc

/// Ports of 127.0.0.1.
enum LoopbackPort {
    /// Ports that were free a moment ago.
    static func free(_ count: Int) -> [Int] {
        var found: Set<Int> = []
        while found.count < count {
            let port = Int.random(in: 20_000...32_000)
            if unsafe withSocket(port, { unsafe bind($2, $0, $1) == 0 }) { found.insert(port) }
        }
        return Array(found)
    }

    /// Whether somebody takes connections there.
    static func isListening(_ port: Int) -> Bool {
        unsafe withSocket(port) { address, length, descriptor in unsafe connect(descriptor, address, length) == 0 }
    }

    private static func withSocket(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t, Int32) -> Bool
    ) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size), descriptor)
            }
        }
    }
}

/// The files beside the tests.
enum Repository {
    /// A path below the repository's root.
    static func path(_ path: String) -> String {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.appendingPathComponent(path).path
    }
}
