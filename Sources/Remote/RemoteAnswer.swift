/// The rows of an answer, where they stand in its body: nothing is copied until it is asked for.
package struct RemoteAnswer: Sendable {
    /// A value as JSON has it.
    package enum Cell: Sendable, Equatable {
        case null
        /// The digits, sign and exponent as they stand there.
        case number(Range<Int>)
        /// What stands between the quotes; `isPlain` where no backslash is in it.
        case text(Range<Int>, isPlain: Bool)
    }

    package let body: [UInt8]
    package let columnCount: Int
    /// Row after row.
    package let cells: [Cell]

    package init(body: [UInt8], columnCount: Int, cells: [Cell]) {
        self.body = body
        self.columnCount = columnCount
        self.cells = cells
    }

    package var rowCount: Int { columnCount == 0 ? 0 : cells.count / columnCount }

    package func cell(_ row: Int, _ column: Int) -> Cell { cells[row * columnCount + column] }
}
