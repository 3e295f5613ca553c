import SQLite

/// Turns a table's rows into the bytes of one format. Behind each row a chunk may end.
protocol RowFormat {
    /// Before the first row of a table; not called where an export goes on in the middle of one.
    mutating func begin(_ output: inout DumpOutput) throws
    /// - Parameter values: Of the layout's columns, in their order; only to be read.
    mutating func write(
        _ values: RowBlock.Values, to output: inout DumpOutput
    ) throws
    /// Behind a row with which a chunk ends, and behind the last one; an export may go on from there.
    mutating func endChunk(_ output: inout DumpOutput) throws
    /// Takes down what has to be known to go on behind the chunk that has ended.
    func note(in table: inout ReadingState.Table)
    /// Behind the last row.
    mutating func end(_ output: inout DumpOutput) throws
}

extension RowFormat {
    mutating func endChunk(_ output: inout DumpOutput) throws {}
    func note(in table: inout ReadingState.Table) {}
}
