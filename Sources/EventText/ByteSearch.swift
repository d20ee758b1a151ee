internal import CLinux
internal import Glibc

extension Span<UInt8> {
    /// Index of the first `byte` from `start` on; `nil` if there is none.
    package func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        let rest = extracting(start..<count)
        return unsafe rest.withUnsafeBytes { memory in
            // memchr looks at the memory's own bytes, and answers with a place in it.
            guard let base = memory.baseAddress, let place = unsafe memchr(base, Int32(byte), memory.count) else {
                return nil
            }
            return unsafe start + (UnsafeRawPointer(place) - base)
        }
    }

    /// Index of the first place from `start` on where the bytes of `needle` stand; `nil` if there is none.
    package func firstIndex(of needle: [UInt8], from start: Int = 0) -> Int? {
        guard count - start >= needle.count else { return nil }
        let rest = extracting(start..<count)
        return unsafe rest.withUnsafeBytes { memory in
            unsafe needle.withUnsafeBytes { needle in
                // memmem looks at the bytes of both, and answers with a place in the first.
                guard let base = memory.baseAddress, let first = needle.baseAddress,
                    let place = unsafe memmem(base, memory.count, first, needle.count)
                else { return nil }
                return unsafe start + (UnsafeRawPointer(place) - base)
            }
        }
    }
}
