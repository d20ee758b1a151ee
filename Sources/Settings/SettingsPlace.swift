/// Where something stands in a settings file.
package struct SettingsPlace: Hashable, Sendable, CustomStringConvertible {
    /// Its path, as it was given.
    package let file: String
    /// From 1; 0 where the whole file is meant.
    package let line: Int
    /// From 1, in Unicode scalars; 0 where the whole file is meant.
    package let column: Int

    package init(file: String, line: Int = 0, column: Int = 0) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, or `file` alone.
    package var description: String { line > 0 ? "\(file):\(line):\(column)" : file }
}
