import Model
import Pipeline
import SQLite

/// A table's rows, read by a thread of their own while those before them are written.
///
/// What is read ahead is bounded. A table of few rows needs no second thread, and where the system gives none, rows are
/// read when they are asked for. While rows are read ahead, nobody else may use the database's connection.
final class ReadAhead {
    /// Starts a thread, or says that the system gives none.
    typealias Start = (_ body: @escaping () -> Void) -> Bool

    /// Rows that are read without a second thread.
    private static let rowsInline = 1000

    private let reader: TableReader
    private let start: Start
    /// The rows at hand, and which of them is next.
    private var block: RowBlock
    private var next = 0
    private var inlineRowsLeft = ReadAhead.rowsInline
    private var ahead: Ahead?
    private var isStopped = false

    init(_ reader: TableReader, start: @escaping Start = DedicatedThread.start) {
        self.reader = reader
        self.start = start
        block = RowBlock(width: reader.width, .row)
    }

    deinit { stop() }

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
        isStopped = true
        next = block.rows
        ahead?.stop()
        ahead = nil
    }

    // MARK: Blocks

    /// - Returns: Whether there are rows.
    @inline(never)
    private func fill() throws -> Bool {
        if isStopped { throw CancellationError() }
        switch block.limit {
        case .end: return false
        case .failed(let error): throw error
        case .values, .bytes, .borrowed: next = 0
        }
        if ahead == nil, inlineRowsLeft == 0 {
            ahead = Ahead(reader, start)
            guard let ahead else {
                // To ask again with every row would cost more than the thread brings.
                inlineRowsLeft = .max
                return try fill()
            }
            block = try ahead.next(after: nil)
        } else if let ahead {
            block = try ahead.next(after: block)
        } else {
            inlineRowsLeft -= 1
            block.fill(from: reader)
        }
        return try block.rows > 0 || fill()
    }

    /// The thread that reads, and the blocks that go to and fro.
    private final class Ahead {
        private let filled = BoundedQueue<RowBlock>(capacity: BlockFilling.blocks)
        private let used = BoundedQueue<RowBlock>(capacity: BlockFilling.blocks)
        private let ended = BoundedQueue<Never>(capacity: 0)

        /// - Returns: nil where the system gives no thread.
        init?(_ reader: TableReader, _ start: Start) {
            let filling = BlockFilling(reader, filled: filled, used: used)
            let isStarted = start { [filled, ended] in
                filling.run()
                filled.finish()
                ended.finish()
            }
            guard isStarted else { return nil }
        }

        /// - Parameter block: The one before, which is filled anew.
        func next(after block: RowBlock?) throws -> RowBlock {
            if let block { try used.send(block) }
            guard let next = try filled.receive() else {
                throw NightjarError(.internal, "reading ahead ended before the table")
            }
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
    static let blocks = 4

    /// nil once it runs: behind its end nobody but the one who wants the rows holds on to the statement.
    private var reader: TableReader?
    private let filled: BoundedQueue<RowBlock>
    private let used: BoundedQueue<RowBlock>

    init(_ reader: TableReader, filled: BoundedQueue<RowBlock>, used: BoundedQueue<RowBlock>) {
        self.reader = reader
        self.filled = filled
        self.used = used
    }

    func run() {
        guard let reader = reader.take() else { return }
        // What is thrown is that nobody wants rows any more.
        try? fill(from: reader)
    }

    private func fill(from reader: TableReader) throws {
        var spare = (0..<Self.blocks).map { _ in RowBlock(width: reader.width, .ahead) }
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
                // Its last row has to be written before the reader goes on.
                while let returned = try used.receive() {
                    spare.append(returned)
                    if returned === block { break }
                }
            case .end, .failed: return
            }
        }
    }
}
