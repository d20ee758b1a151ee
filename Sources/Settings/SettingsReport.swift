/// Collects what is wrong in settings, so that an operator sees all of it at once.
///
/// Belongs to the one thread that reads the settings.
package final class SettingsReport {
    /// Mistakes and notes that are kept; what comes after is only counted.
    package static let maximumCount = 200

    /// A sentence about a place in a file.
    package struct Remark: Equatable, Sendable, CustomStringConvertible {
        package let place: SettingsPlace
        /// Dotted path of the key, `sinks.events-log.path`; empty for a whole file.
        package let key: String
        /// What is wrong, and what is allowed.
        package let text: String

        /// `file:line:column: key: problem, what is allowed`.
        package var description: String {
            key.isEmpty ? "\(place): \(text)" : "\(place): \(key): \(text)"
        }
    }

    private var unsortedMistakes: [Remark] = []
    private var unsortedNotes: [Remark] = []
    private var leftOut = 0
    /// The files in the order they were read, which is the order of their mistakes.
    private var files: [String] = []

    package init() {}

    /// What makes the settings unusable, by place.
    package var mistakes: [Remark] { sorted(unsortedMistakes) }
    /// What is allowed but unwise, by place.
    package var notes: [Remark] { sorted(unsortedNotes) }
    package var hasMistakes: Bool { !unsortedMistakes.isEmpty }
    /// Whether further mistakes are only counted.
    var isFull: Bool { unsortedMistakes.count >= Self.maximumCount }
    /// Number of mistakes, with those that are only counted.
    package var mistakeCount: Int { unsortedMistakes.count + leftOut }

    /// Adds a mistake.
    package func mistake(_ place: SettingsPlace, _ key: String, _ text: String) {
        guard unsortedMistakes.count < Self.maximumCount else {
            leftOut += 1
            return
        }
        unsortedMistakes.append(Remark(place: place, key: key, text: text))
    }

    /// Adds a note.
    package func note(_ place: SettingsPlace, _ key: String, _ text: String) {
        guard unsortedNotes.count < Self.maximumCount else { return }
        unsortedNotes.append(Remark(place: place, key: key, text: text))
    }

    /// What a report holds, for a thread other than its own.
    package struct Content: Sendable {
        fileprivate let mistakes: [Remark]
        fileprivate let notes: [Remark]
        fileprivate let leftOut: Int
        fileprivate let files: [String]
    }

    package var content: Content {
        Content(mistakes: unsortedMistakes, notes: unsortedNotes, leftOut: leftOut, files: files)
    }

    /// Adds what another report holds, as if its files had been read now.
    package func add(_ content: Content) {
        files += content.files
        for remark in content.mistakes { mistake(remark.place, remark.key, remark.text) }
        leftOut += content.leftOut
        for remark in content.notes { note(remark.place, remark.key, remark.text) }
    }

    /// The mistakes as an error.
    ///
    /// - Throws: ``SettingsMistakes`` when there is one.
    package func check() throws(SettingsMistakes) {
        guard hasMistakes else { return }
        throw SettingsMistakes(mistakes: mistakes, leftOut: leftOut, notes: notes)
    }

    /// Sorts what follows of this file behind the files named before.
    func began(file: String) {
        files.append(file)
    }

    private func sorted(_ remarks: [Remark]) -> [Remark] {
        var order: [String: Int] = [:]
        for (index, file) in files.enumerated() where order[file] == nil { order[file] = index }
        return remarks.enumerated().sorted { left, right in
            let (one, other) = (left.element.place, right.element.place)
            return (order[one.file] ?? files.count, one.line, one.column, left.offset)
                < (order[other.file] ?? files.count, other.line, other.column, right.offset)
        }.map(\.element)
    }
}

/// All that is wrong in the settings.
package struct SettingsMistakes: Error, Equatable, CustomStringConvertible {
    /// By place; at least one.
    package let mistakes: [SettingsReport.Remark]
    /// Number of further mistakes, beyond ``SettingsReport/maximumCount``.
    package let leftOut: Int
    /// What is allowed but unwise, by place.
    package let notes: [SettingsReport.Remark]

    /// A line for each mistake.
    package var description: String {
        let lines = mistakes.map(\.description)
        return (leftOut > 0 ? lines + ["and \(leftOut) more mistakes"] : lines).joined(separator: "\n")
    }
}
