import Glibc
import Model
import Pipeline
import Storage
import Zlib
import Zstandard

/// Writes a backup's dump to a file descriptor, checking every stored byte on its way.
package struct DumpDownload: Sendable {
    /// What is written of it.
    package enum Form: Sendable {
        /// The dump's text.
        case text
        /// SQL that Cloudflare D1 imports.
        case textForD1(DumpForD1)
        /// The bytes as they are stored.
        case stored
    }

    package let store: any ObjectStore
    package let manifest: Manifest
    package let form: Form
    package let progress: Progress?
    /// What opens the backup where it is encrypted.
    package let opening: DumpOpening?

    package typealias Progress = @Sendable (Int64) -> Void

    package init(
        store: any ObjectStore, manifest: Manifest, form: Form, progress: Progress?, opening: DumpOpening? = nil
    ) {
        self.opening = opening
        self.store = store
        self.manifest = manifest
        self.form = form
        self.progress = progress
    }

    /// - Throws: code `difference` where the stored bytes are not those that were written: what has been given out by
    ///   then must not be used.
    package func run(to descriptor: Int32) async throws {
        for object in manifest.objects { try await run(object, to: descriptor) }
    }

    private func run(_ object: Manifest.StoredObject, to descriptor: Int32) async throws {
        let chunks = BoundedQueue<[UInt8]>(capacity: 8)
        let cancellation = Cancellation()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    for try await chunk in try await store.get(object.key, range: nil) { try await chunks.put(chunk) }
                    chunks.finish()
                } catch {
                    chunks.fail(error)
                    throw error
                }
            }
            group.addTask {
                try await DedicatedThread.run(cancellation: cancellation) {
                    do {
                        try cancellation.withHandler({ chunks.fail(CancellationError()) }) {
                            try write(chunks, of: object, to: descriptor)
                        }
                    } catch {
                        chunks.fail(error)
                        throw error
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func write(
        _ chunks: BoundedQueue<[UInt8]>, of object: Manifest.StoredObject, to descriptor: Int32
    ) throws {
        var checker = PartChecker(object)
        var filter: D1Filter?
        if case .textForD1(let plan) = form {
            filter = D1Filter(plan) { text in try Self.write(text, to: descriptor) }
        }
        let output: (UnsafeRawBufferPointer) throws -> Void = { [filter] text in
            if let filter { try filter.append(text) } else { try Self.write(text, to: descriptor) }
        }
        var decoder: DumpDecoder?
        var decryptor: ObjectDecryptor?
        if case .stored = form {
        } else {
            decryptor = try ObjectDecryptor(object, opening)
            let isFiltered = filter != nil
            decoder = try DumpDecoder(
                compression: manifest.options.compression,
                cut: isFiltered ? .statements(StatementSplitter()) : .anywhere
            ) { block in
                // Without the NUL that ends statements for SQLite.
                try output(isFiltered ? UnsafeRawBufferPointer(rebasing: block.bytes.dropLast()) : block.bytes)
            }
        }
        do {
            try filter?.begin()
            while let chunk = try chunks.receive() {
                try chunk.withUnsafeBytes { bytes in
                    checker.append(bytes)
                    if decoder == nil { try Self.write(bytes, to: descriptor) }
                    try decryptor?.append(bytes) { try decoder?.append($0) }
                }
                progress?(Int64(chunk.count))
            }
            try decryptor?.finish { try decoder?.append($0) }
            _ = try decoder?.finish()
            try filter?.finish()
        } catch  where error is ZstdError || error is ZlibError {
            throw damaged(object, "\(error)")
        } catch let error as DamagedBytes {
            throw damaged(object, error.reason)
        }
        checker.finish()
        if let difference = checker.differences.first { throw damaged(object, difference.message) }
    }

    private func damaged(_ object: Manifest.StoredObject, _ reason: String) -> NightjarError {
        NightjarError(
            .difference, "\(object.key) is damaged: \(reason)",
            hint: "Do not use what has been written so far. Older backups: nightjar list \(manifest.database)")
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        guard WholeWrite.write(bytes, to: descriptor) else {
            throw NightjarError(.io, "the output could not be written: \(String(cString: strerror(errno)))")
        }
    }
}
