import CSQLite
import Glibc
import Pipeline

/// Writes to a file of SQLite's VFS, gathered, and done by a thread while the next bytes are gathered.
///
/// What lies behind each other and fits once needs no thread, and where the system gives none, the caller writes.
final class WriteBehind {
    /// Bytes that go to the thread together; enough for handing over to cost nothing.
    static let capacity = 1 << 20
    /// Bytes of one call. SQLite's own VFS takes less than 128 KiB in one, and of exactly so many takes none.
    private static let bytesPerCall = 64 << 10

    private typealias File = UnsafeMutablePointer<sqlite3_file>

    /// Bytes that lie behind each other in the file.
    private final class Run: @unchecked Sendable {
        // Owned by one thread at a time: whoever sends a run no longer touches it.
        let file: File
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        var start: Int64 = 0
        var count = 0
        /// Why some were not taken.
        var failure = SQLITE_OK

        init(_ file: File) {
            self.file = file
        }

        deinit { bytes.deallocate() }

        /// Gives all bytes to the file.
        func write() {
            var done = 0
            while done < count, failure == SQLITE_OK {
                let part = min(count - done, bytesPerCall)
                failure = file.pointee.pMethods.pointee.xWrite(file, bytes + done, Int32(part), start + Int64(done))
                done += part
            }
            count = 0
        }
    }

    private let file: UnsafeMutablePointer<sqlite3_file>
    /// What is gathered.
    private var run: Run
    /// The run that is not gathered in: nil while the thread has it.
    private var spare: Run?
    private var thread: (full: BoundedQueue<Run>, empty: BoundedQueue<Run>)?
    /// Whether the thread was asked for.
    private var hasAsked = false
    /// Stays, since what was not taken is gone.
    private var failure = SQLITE_OK

    /// - Parameter file: Is the caller's, and stays until this is gone.
    init(_ file: UnsafeMutablePointer<sqlite3_file>) {
        self.file = file
        run = Run(file)
    }

    deinit { thread?.full.finish() }

    /// Takes bytes for a place in the file.
    /// - Returns: SQLite's code for why bytes before were not taken, else SQLITE_OK.
    func write(_ bytes: UnsafeRawPointer, _ count: Int, at offset: Int64) -> Int32 {
        if offset != run.start + Int64(run.count) || run.count + count > Self.capacity {
            handOver()
            run.start = offset
        }
        guard count <= Self.capacity else {
            let code = settle()
            return code == SQLITE_OK ? file.pointee.pMethods.pointee.xWrite(file, bytes, Int32(count), offset) : code
        }
        memcpy(run.bytes + run.count, bytes, count)
        run.count += count
        return failure
    }

    /// Waits until the file has all bytes, or has refused some.
    /// - Returns: SQLite's code.
    func settle() -> Int32 {
        takeBack()
        if failure == SQLITE_OK {
            run.write()
            note(run)
        }
        return failure
    }

    /// Lets the thread write what is gathered.
    private func handOver() {
        guard run.count > 0 else { return }
        takeBack()
        guard failure == SQLITE_OK else {
            run.count = 0
            return
        }
        guard let other = spare ?? startedThread(), let thread, (try? thread.full.send(run)) != nil else {
            run.write()
            return note(run)
        }
        run = other
        spare = nil
    }

    /// Waits for the run that the thread has.
    private func takeBack() {
        guard spare == nil, let thread, let back = try? thread.empty.receive() else { return }
        note(back)
        spare = back
    }

    private func note(_ run: Run) {
        if failure == SQLITE_OK { failure = run.failure }
    }

    /// - Returns: A second run, to be gathered in while the thread writes the first; nil where there is no thread.
    private func startedThread() -> Run? {
        guard !hasAsked else { return nil }
        hasAsked = true
        let full = BoundedQueue<Run>(capacity: 1)
        let empty = BoundedQueue<Run>(capacity: 1)
        let isStarted = DedicatedThread.start {
            while let run = (try? full.receive()) ?? nil {
                run.write()
                try? empty.send(run)
            }
        }
        guard isStarted else { return nil }
        thread = (full, empty)
        return Run(file)
    }
}
