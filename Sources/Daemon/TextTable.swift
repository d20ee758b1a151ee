/// Columns that are aligned: names to the left, numbers to the right. The last column may be longer than all others.
struct TextTable {
    private var rows: [[String]]
    private let names: Set<Int>

    /// - Parameters:
    ///   - heads: of the columns.
    ///   - names: columns that are aligned to the left.
    init(_ heads: [String], names: Set<Int> = [0]) {
        rows = [heads]
        self.names = names
    }

    mutating func add(_ name: String, _ numbers: [UInt64]) {
        rows.append([name] + numbers.map(String.init))
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    /// A line for each row.
    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                if column > 0 { line += "  " }
                let space = String(repeating: " ", count: widths[column] - cell.count)
                guard names.contains(column) else {
                    line += space + cell
                    continue
                }
                line += column == row.count - 1 ? cell : cell + space
            }
            return line + "\n"
        }.joined()
    }
}
