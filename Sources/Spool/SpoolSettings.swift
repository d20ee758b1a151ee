package import Pipeline
package import Settings

/// The durable buffer between sources and sinks: where it lies, how large it grows, and what happens then.
package struct SpoolSettings: Equatable, Sendable {
    /// Key `directory`: an absolute path. Default: `/var/lib/tributary/spool`.
    package var directory = "/var/lib/tributary/spool"
    /// Key `max-size`: largest size on disk in bytes, 64MiB and more. Default: 4GiB.
    package var maximumByteCount = 4 << 30
    /// Key `when-full`: `wait` or `drop-oldest`, for the sinks that do not set their own. Default: `wait`.
    package var whenFull = WhenFull.wait

    /// The defaults.
    package init() {}

    /// Reads the mapping below `spool` and reports what is wrong.
    package init(reading mapping: SettingsMapping) {
        directory = mapping.filePath("directory") ?? directory
        maximumByteCount = mapping.byteSize("max-size", in: 64 << 20...Int.max, default: maximumByteCount)
        whenFull = mapping.word("when-full", default: whenFull)
        mapping.finish()
    }
}
