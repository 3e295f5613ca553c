import Pipeline
import SQLite

/// A table's rows, read by a thread of their own while those before them are written.
///
/// What is read ahead is bounded. A table of few rows needs no second thread, and where the system gives none, rows are
/// read when they are asked for. While rows are read ahead, nobody else may use the database's connection.
final class ReadAhead {
    /// Rows that are read without a second thread.
    private static let rowsBefore = 1000

    private let reader: TableReader
    /// The rows at hand, and which of them is next.
    private var block: RowBlock
    private var next = 0
    private var rowsBefore = ReadAhead.rowsBefore
    private var ahead: Ahead?

    init(_ reader: TableReader) {
        self.reader = reader
        block = RowBlock(width: reader.width, .row)
    }

    /// The next row's values, valid until the next call; nil behind the last one.
    /// - Throws: `SQLiteError`, behind the rows that could be read.
    @inline(__always)
    func row() throws -> RowBlock.Values? {
        if next == block.rows, try !fill() { return nil }
        next &+= 1
        return block.row(next &- 1)
    }

    /// Waits until nobody reads any more: whoever asked for rows no longer wants them.
    func stop() {
        ahead?.stop()
        ahead = nil
    }

    // MARK: Blocks

    /// - Returns: Whether there are rows.
    @inline(never)
    private func fill() throws -> Bool {
        switch block.limit {
        case .end: return false
        case .failed(let error): throw error
        case .values, .bytes, .borrowed: next = 0
        }
        if let ahead {
            block = try ahead.next(after: block)
        } else if rowsBefore == 0, let started = Ahead(reader) {
            ahead = started
            block = try started.next(after: nil)
        } else {
            rowsBefore = max(rowsBefore - 1, 0)
            block.fill(from: reader)
        }
        return try block.rows > 0 || fill()
    }

    /// The thread that reads, and the blocks that go to and fro.
    private final class Ahead {
        private static let blocks = 3

        private let filled = BoundedQueue<RowBlock>(capacity: Ahead.blocks)
        private let used = BoundedQueue<RowBlock>(capacity: Ahead.blocks)
        private let ended = BoundedQueue<Never>(capacity: 0)

        /// - Returns: nil where the system gives no thread.
        init?(_ reader: TableReader) {
            let filling = BlockFilling(reader, Ahead.blocks, filled: filled, used: used)
            let isStarted = DedicatedThread.start { [ended] in
                filling.run()
                ended.finish()
            }
            guard isStarted else { return nil }
        }

        /// - Parameter block: The one before, which is filled anew.
        func next(after block: RowBlock?) throws -> RowBlock {
            if let block { try used.send(block) }
            guard let next = try filled.receive() else { throw CancellationError() }
            return next
        }

        func stop() {
            filled.fail(CancellationError())
            used.fail(CancellationError())
            _ = try? ended.receive()
        }
    }
}

/// What the thread does: it fills blocks with rows for as long as somebody takes them.
private final class BlockFilling {
    /// nil once it runs: behind its end nobody but the one who wants the rows holds on to the statement.
    private var reader: TableReader?
    private let filled: BoundedQueue<RowBlock>
    private let used: BoundedQueue<RowBlock>
    /// Empty ones.
    private var spare: [RowBlock]

    init(_ reader: TableReader, _ blocks: Int, filled: BoundedQueue<RowBlock>, used: BoundedQueue<RowBlock>) {
        self.reader = reader
        self.filled = filled
        self.used = used
        spare = (0..<blocks).map { _ in RowBlock(width: reader.width, .ahead) }
    }

    func run() {
        guard let reader = reader.take() else { return }
        // What is thrown is that nobody wants rows any more.
        try? fill(from: reader)
    }

    private func fill(from reader: TableReader) throws {
        var isAtRow = false
        while let block = try spare.popLast() ?? used.receive() {
            block.fill(from: reader, isAtRow: isAtRow)
            let limit = block.limit
            try filled.send(block)
            switch limit {
            case .values: isAtRow = false
            case .bytes: isAtRow = true
            case .borrowed:
                isAtRow = false
                try waitFor(block)
            case .end, .failed: return
            }
        }
    }

    /// Waits until all rows of a block are written.
    private func waitFor(_ block: RowBlock) throws {
        while let returned = try used.receive() {
            spare.append(returned)
            if returned === block { return }
        }
    }
}
