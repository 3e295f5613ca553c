/// Columns for people.
struct TextTable {
    private let rows: [[String]]
    private let rightAligned: Set<Int>

    init(_ header: [String], _ rows: [[String]], rightAligned: Set<Int> = []) {
        self.rows = [header] + rows
        self.rightAligned = rightAligned
    }

    func print() {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = row.enumerated().map { column, text in
                let fill = String(repeating: " ", count: widths[column] - text.count)
                return rightAligned.contains(column) ? fill + text : text + fill
            }
            let line = cells.joined(separator: "  ")
            Output.line(String(line.reversed().drop { $0 == " " }.reversed()))
        }
    }
}
