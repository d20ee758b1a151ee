internal import Foundation

/// A folder of one test, removed with all it holds when the test releases it.
package final class TemporaryFolder: Sendable {
    /// An absolute path.
    package let path: String

    /// Creates the folder below the system's one for temporary files.
    package init() {
        path = FileManager.default.temporaryDirectory.path + "/tributary-test-" + UUID().uuidString
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            preconditionFailure("cannot create a temporary folder: \(error)")
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
