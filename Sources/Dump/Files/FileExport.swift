import Model
import Pipeline

/// An export of a database to plain files, without a store: reading and writing run at the same time, and nobody goes on
/// with one that was cut off. What it has written is its caller's to remove then.
package struct FileExport: Sendable {
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
        let blocks = BoundedQueue<DumpBlock>(capacity: 4)
        let stop: @Sendable (any Error) -> Void = { blocks.fail($0) }
        var options = options
        options.snapshot.sparesCopy = true
        options.hasDigests = false
        let reading = ExportReading(
            source: source, keys: keys, workDirectory: workDirectory, options: options, progress: progress)
        async let objects = ExportStage.run(stopping: stop, cancellation) { try write(blocks) }
        let outcome = try await ExportStage.run(stopping: stop, cancellation) {
            try reading.run(to: blocks, cancellation)
        }
        return Export.Result(outcome, try await objects, partSize: options.partSize)
    }

    // MARK: The writing stage

    private func write(_ blocks: BoundedQueue<DumpBlock>) throws -> [Manifest.StoredObject] {
        let codec = try FrameEncoder.Codec(options.compression)
        var objects: [Manifest.StoredObject] = []
        while let first = try blocks.receive() { objects.append(try writeFile(first, blocks, codec)) }
        // Not file by file: what comes first is on the disk when the last one is written.
        for object in objects { try PlainFile.synchronize(object.key, in: folder) }
        return objects
    }

    private func writeFile(
        _ first: DumpBlock, _ blocks: BoundedQueue<DumpBlock>, _ codec: FrameEncoder.Codec
    ) throws -> Manifest.StoredObject {
        let name = first.object
        let file = try PlainFile(name, in: folder)
        var encoder = FrameEncoder(codec)
        var next: DumpBlock? = first
        while let block = next {
            let before = encoder.size
            _ = try encoder.append(block.text.bytes, endsFrame: block.frameEnd != nil) { try file.append($0) }
            progress.add(stored: encoder.size - before)
            if case .objectEnd = block.frameEnd { break }
            next = try blocks.receive()
        }
        guard next != nil else { throw NightjarError(.internal, "a dump ended in the middle of \(name)") }
        let before = encoder.size
        try encoder.finish { try file.append($0) }
        progress.add(stored: encoder.size - before)
        file.startWriting()
        return Manifest.StoredObject(
            key: name, size: encoder.size, uncompressedSize: encoder.textSize, etag: nil, parts: [])
    }
}
