internal import Glibc
package import Platform

/// What settings refer to outside of their files: other files and the environment.
package struct SettingsSurroundings: Sendable {
    /// Where settings and secrets lie.
    package let fileSystem: any FileSystem
    /// A variable of the environment.
    package let environment: @Sendable (String) -> String?
    /// Whether users other than owner and group may read a file.
    package let isReadableByOthers: @Sendable (String) -> Bool

    package init(
        fileSystem: any FileSystem, environment: @escaping @Sendable (String) -> String?,
        isReadableByOthers: @escaping @Sendable (String) -> Bool
    ) {
        self.fileSystem = fileSystem
        self.environment = environment
        self.isReadableByOthers = isReadableByOthers
    }

    /// The machine, and this process's environment.
    package static let machine = SettingsSurroundings(
        fileSystem: PosixFileSystem(),
        environment: { name in
            // The variable's memory is copied before anything can change the environment: settings are read by one
            // thread, and nothing of ours writes it.
            unsafe getenv(name).map { unsafe String(cString: $0) }
        },
        isReadableByOthers: { path in
            var information = stat()
            return unsafe stat(path, &information) == 0 && information.st_mode & S_IROTH != 0
        })
}
