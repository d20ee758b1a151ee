internal import FoundationEssentials
package import Pipeline

extension StatusReport {
    /// The report as JSON, keys in order.
    package func json(isPretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// Reads what ``json(isPretty:)`` wrote.
    package init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(StatusReport.self, from: Data(json))
    }
}
