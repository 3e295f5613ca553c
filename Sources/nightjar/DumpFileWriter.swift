import Glibc
import Model
import Pipeline
import Restore

/// Writes a file that is made of a dump on the way, or one of its objects, to a file descriptor.
struct DumpFileWriter: Sendable {
    let file: DumpFile
    /// What is written of it. Of text the whole file is read all the same, so that damage is found wherever it is.
    let part: Range<Int64>
    /// Whether the bytes are written as they are stored, compressed.
    let isStored: Bool

    init(_ file: DumpFile, part: Range<Int64>? = nil, isStored: Bool = false) {
        self.file = file
        self.part = part ?? 0..<(isStored ? file.storedSize ?? 0 : file.size)
        self.isStored = isStored
    }

    /// - Throws: code `difference` where stored bytes are damaged: what has been written by then must not be used.
    func run(to descriptor: Int32) async throws {
        let pieces = BoundedQueue<ArraySlice<UInt8>>(capacity: 8)
        let cancellation = Cancellation()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await read(to: pieces)
                    pieces.finish()
                } catch {
                    pieces.fail(error)
                    throw error
                }
            }
            group.addTask {
                try await DedicatedThread.run(cancellation: cancellation) {
                    do {
                        try cancellation.withHandler({ pieces.fail(CancellationError()) }) {
                            while let piece = try pieces.receive() { try Self.write(piece, to: descriptor) }
                        }
                    } catch {
                        pieces.fail(error)
                        throw error
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func read(to pieces: BoundedQueue<ArraySlice<UInt8>>) async throws {
        guard !isStored else { return try await file.readStored(part) { try await pieces.put($0) } }
        var position: Int64 = 0
        try await file.read(0..<file.size) { piece in
            let start = position
            position += Int64(piece.count)
            let wanted = part.clamped(to: start..<position)
            guard !wanted.isEmpty else { return }
            try await pieces.put(piece.dropFirst(Int(wanted.lowerBound - start)).prefix(wanted.count))
        }
    }

    private static func write(_ piece: ArraySlice<UInt8>, to descriptor: Int32) throws {
        guard piece.withUnsafeBytes({ WholeWrite.write($0, to: descriptor) }) else {
            throw NightjarError(.io, "the output could not be written: \(String(cString: strerror(errno)))")
        }
    }
}
