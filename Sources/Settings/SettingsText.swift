/// Units of byte sizes, larger first.
private let byteUnits: [(name: String, byteCount: Int)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("kB", 1000), ("B", 1),
]

/// Units of durations, larger first, in milliseconds.
private let durationUnits: [(name: String, milliseconds: Int64)] = [
    ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
]

/// Reads `64KiB`, `100MB`, or a plain number of bytes; `nil` for anything else.
func byteSize(_ text: String) -> Int? {
    guard let (number, unit) = numberAndUnit(text) else { return nil }
    guard !unit.isEmpty else { return number }
    guard let known = byteUnits.first(where: { $0.name == unit }) else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: known.byteCount)
    return overflow ? nil : product
}

/// Reads `500ms`, `10s`, `5m`, `12h`, `1d` or `1w`; `nil` for anything else and for more than 1000 years.
package func duration(_ text: String) -> Duration? {
    guard let (number, unit) = numberAndUnit(text), let known = durationUnits.first(where: { $0.name == unit }) else {
        return nil
    }
    let (product, overflow) = Int64(number).multipliedReportingOverflow(by: known.milliseconds)
    return overflow || product > 31_557_600_000_000 ? nil : .milliseconds(product)
}

/// Reads octal digits, `0640` or `0o640`, up to 0777; `nil` for anything else.
func fileMode(_ text: String) -> UInt32? {
    let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
    guard (3...4).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x37).contains($0) }),
        let mode = UInt32(digits, radix: 8), mode <= 0o777
    else { return nil }
    return mode
}

/// Decimal digits and what follows them.
private func numberAndUnit(_ text: String) -> (Int, String)? {
    let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty, digits.count <= 18, let number = Int(String(decoding: digits, as: UTF8.self)) else {
        return nil
    }
    return (number, String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self))
}

/// A size as settings have it, in the largest unit that leaves a whole number.
func byteSizeText(_ byteCount: Int) -> String {
    let unit = byteUnits.first { $0.name.hasSuffix("iB") && byteCount >= $0.byteCount && byteCount % $0.byteCount == 0 }
    return unit.map { "\(byteCount / $0.byteCount)\($0.name)" } ?? "\(byteCount)"
}

/// A duration as settings have it, in the largest unit that leaves a whole number.
func durationText(_ duration: Duration) -> String {
    let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    let unit = durationUnits.first { milliseconds >= $0.milliseconds && milliseconds % $0.milliseconds == 0 }
    return unit.map { "\(milliseconds / $0.milliseconds)\($0.name)" } ?? "\(milliseconds)ms"
}

/// A text of the file for a message: on one line, without control characters.
///
/// - Parameter limit: most characters.
func shown(_ text: String, limit: Int = 64) -> String {
    // Most texts are keys, and plain.
    if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    var result = ""
    for scalar in text.unicodeScalars.prefix(limit) {
        result.unicodeScalars.append(scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? "\u{FFFD}" : scalar)
    }
    return text.unicodeScalars.count > limit ? result + "…" : result
}

/// The same in quotes.
func quoted(_ text: String) -> String { "'\(shown(text))'" }
