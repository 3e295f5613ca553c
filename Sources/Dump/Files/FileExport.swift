import Model
import Pipeline

/// An export of a database to plain files, without a store: reading and writing run at the same time, and nobody goes on
/// with one that was cut off. What it has written is its caller's to remove then.
package struct FileExport: Sendable {
    /// Files that wait for the disk.
    private static let openFiles = 16

    package let source: any ExportSource
    package let keys: DumpKeys
    /// Where the files go, under the names that `keys` has for objects.
    package let folder: String
    /// A folder of this run's own, for the snapshot.
    package let workDirectory: String
    /// What they say of parts and of their upload means nothing here.
    package let options: Export.Options
    package let progress: RunProgress

    package init(
        source: any ExportSource, keys: DumpKeys, folder: String, workDirectory: String, options: Export.Options,
        progress: RunProgress
    ) {
        self.source = source
        self.keys = keys
        self.folder = folder
        self.workDirectory = workDirectory
        self.options = options
        self.progress = progress
    }

    /// - Throws: `PlainFile.Failure`; what reading the source throws.
    package func run() async throws -> Export.Result {
        let cancellation = Cancellation()
        let blocks = BoundedQueue<DumpBlock>(capacity: 2)
        let frames = FrameCompressor(options.compression, from: blocks)
        let stop: @Sendable (any Error) -> Void = { error in
            blocks.fail(error)
            frames.fail(error)
        }
        // Nobody verifies plain files, and nobody goes on with them.
        var options = options
        options.snapshot.sparesCopy = true
        options.hasDigests = false
        let reading = ExportReading(
            source: source, keys: keys, workDirectory: workDirectory, options: options, progress: progress)
        return try await withThrowingTaskGroup(of: ExportStage.Outcome.self) { group in
            group.addTask {
                .read(
                    try await ExportStage.run(stopping: stop, cancellation) {
                        try reading.run(to: blocks, cancellation)
                    })
            }
            ExportStage.add(frames, to: &group, stopping: stop, cancellation)
            group.addTask {
                .written(try await ExportStage.run(stopping: stop, cancellation) { try write(frames) })
            }
            return try await ExportStage.collect(&group, partSize: options.partSize)
        }
    }

    // MARK: The writing stage

    private func write(_ frames: FrameCompressor) throws -> [Manifest.StoredObject] {
        var pieces = frames.pieces
        var objects: [Manifest.StoredObject] = []
        var open: [PlainFile] = []
        while let first = try pieces.receive() {
            let file = try PlainFile(first.object, in: folder)
            objects.append(try write(first, &pieces, to: file))
            file.startWriting()
            open.append(file)
            // Not at once: its bytes come to the disk while the next ones are written.
            if open.count > Self.openFiles { try open.removeFirst().finish() }
        }
        for file in open { try file.finish() }
        return objects
    }

    private func write(
        _ first: FramePiece, _ pieces: inout FrameCompressor.Pieces, to file: PlainFile
    ) throws -> Manifest.StoredObject {
        let name = first.object
        var frames = ObjectFrames(options.compression)
        var next: FramePiece? = first
        while let piece = next {
            try file.append(piece.bytes.bytes)
            _ = frames.add(piece)
            progress.add(stored: Int64(piece.bytes.count))
            if case .objectEnd = piece.end?.reading { break }
            next = try pieces.receive()
        }
        guard next != nil else { throw NightjarError(.internal, "a dump ended in the middle of \(name)") }
        let end = try frames.finish()
        try end.withUnsafeBytes { try file.append($0) }
        progress.add(stored: Int64(end.count))
        return Manifest.StoredObject(
            key: name, size: frames.size, uncompressedSize: frames.textSize, etag: nil, parts: [])
    }
}
