internal import Platform

extension SettingsMapping {
    /// Largest file that is read, in bytes.
    private static let maximumFileByteCount = 4 << 20

    /// What is in a file that a key names, such as one of certificates; `nil` after a mistake.
    package func contents(of path: String, _ key: String) -> [UInt8]? {
        do {
            if let bytes = try surroundings.fileSystem.contents(of: path, limit: Self.maximumFileByteCount) {
                return bytes
            }
            mistake(key, "there is no file '\(path)'; create it, readable by the service's user")
        } catch {
            mistake(key, "\(error.description); make it readable by the service's user")
        }
        return nil
    }
}
