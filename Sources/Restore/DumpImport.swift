import Dump
import Model
import Pipeline
import SQLite
import Storage
import Zlib
import Zstandard

/// Brings a dump from its store into a scratch database: fetching, checking and decoding, importing, each at its own pace.
struct DumpImport: Sendable {
    struct Result: Sendable {
        var differences: [VerificationReport.Difference] = []
        var bytesChecked: Int64 = 0
    }

    let store: any ObjectStore
    let manifest: Manifest
    let progress: RunProgress?

    /// Imports all of it, comparing every byte with the manifest.
    /// - Returns: What differs: in the store, or because SQLite refused the text. Empty is good.
    func run(into scratch: ScratchDatabase, cancellation: Cancellation) async throws -> Result {
        var result = Result()
        for object in manifest.objects {
            let source = DumpSource(object: object, range: nil, wanted: nil, startOffset: 0)
            try await run(source, into: scratch, cancellation, &result)
        }
        return result
    }

    /// Imports only the tables in `ranges` of the uncompressed dump, fetching no more than their frames.
    func run(
        ranges: [Manifest.ByteRange], into scratch: ScratchDatabase, cancellation: Cancellation
    ) async throws -> Result {
        var result = Result()
        guard let object = manifest.objects.first else { return result }
        let sources = try await FrameFinder(store: store, manifest: manifest).sources(of: ranges, in: object)
        try await run(sources, into: scratch, cancellation, &result)
        return result
    }

    private func run(
        _ source: DumpSource, into scratch: ScratchDatabase, _ cancellation: Cancellation, _ result: inout Result
    ) async throws {
        try await run([source], into: scratch, cancellation, &result)
    }

    private enum StageResult: Sendable {
        case fetched
        case decoded([VerificationReport.Difference], Int64)
        case imported(VerificationReport.Difference?)
    }

    private enum Piece: Sendable {
        case begin(DumpSource)
        case bytes([UInt8])
        case end
    }

    private func run(
        _ sources: [DumpSource], into scratch: ScratchDatabase, _ cancellation: Cancellation, _ result: inout Result
    ) async throws {
        let fetched = BoundedQueue<Piece>(capacity: 8)
        let blocks = BoundedQueue<ByteBlock>(capacity: 1)
        let stop: @Sendable (any Error) -> Void = { error in
            fetched.fail(error)
            blocks.fail(error)
        }
        let outcome = try await withThrowingTaskGroup(of: StageResult.self) { group in
            group.addTask {
                do {
                    try await fetch(sources, to: fetched)
                    return .fetched
                } catch {
                    stop(error)
                    throw error
                }
            }
            group.addTask {
                try await DedicatedThread.run(cancellation: cancellation) {
                    try cancellation.withHandler({ stop(CancellationError()) }) {
                        do {
                            return try decode(fetched, to: blocks)
                        } catch {
                            stop(error)
                            throw error
                        }
                    }
                }
            }
            group.addTask {
                try await DedicatedThread.run(cancellation: cancellation) {
                    do {
                        return .imported(try importing(blocks, into: scratch, cancellation))
                    } catch {
                        stop(error)
                        throw error
                    }
                }
            }
            var differences: [VerificationReport.Difference] = []
            var refused: VerificationReport.Difference?
            var bytes: Int64 = 0
            for try await stage in group {
                switch stage {
                case .fetched: break
                case .decoded(let found, let count):
                    differences += found
                    bytes = count
                case .imported(let difference): refused = difference
                }
            }
            return (differences, refused, bytes)
        }
        result.differences += outcome.0
        // Damaged bytes make statements that SQLite refuses; the bytes are the cause then.
        if let refused = outcome.1, outcome.0.isEmpty { result.differences.append(refused) }
        result.bytesChecked += outcome.2
    }

    // MARK: Stages

    private func fetch(_ sources: [DumpSource], to queue: BoundedQueue<Piece>) async throws {
        for source in sources {
            try await queue.put(.begin(source))
            let reader: ObjectReader
            do {
                reader = try await store.get(source.object.key, range: source.range)
            } catch let error as StoreError where error.code == .missing {
                try await queue.put(.end)
                continue
            }
            for try await chunk in reader { try await queue.put(.bytes(chunk)) }
            try await queue.put(.end)
        }
        queue.finish()
    }

    private func decode(_ queue: BoundedQueue<Piece>, to blocks: BoundedQueue<ByteBlock>) throws -> StageResult {
        var differences: [VerificationReport.Difference] = []
        var bytes: Int64 = 0
        while case .begin(let source)? = try queue.receive() {
            var checker = source.range == nil ? PartChecker(source.object) : nil
            var decoder: DumpDecoder? = try DumpDecoder(
                compression: manifest.options.compression, wanted: source.wanted, startOffset: source.startOffset
            ) { try blocks.send($0) }
            var failure: String?
            var received: Int64 = 0
            while case .bytes(let chunk)? = try queue.receive() {
                received += Int64(chunk.count)
                progress?.add(done: Int64(chunk.count))
                try chunk.withUnsafeBytes { stored in
                    checker?.append(stored)
                    do {
                        try decoder?.append(stored)
                    } catch  where error is ZstdError || error is ZlibError {
                        failure = "\(error)"
                        decoder = nil
                    }
                }
            }
            if let decoder, try !decoder.finish() { failure = "it ends in the middle of a frame" }
            checker?.finish()
            let found =
                received == 0 && source.object.size > 0
                ? [.init(object: source.object.key, "the object is missing or empty")] : checker?.differences ?? []
            differences += found
            if let failure, found.isEmpty {
                differences.append(.init(object: source.object.key, "cannot be decompressed: \(failure)"))
            }
            bytes += received
        }
        blocks.finish()
        return .decoded(differences, bytes)
    }

    /// - Returns: Why SQLite refused the text, or nil.
    private func importing(
        _ blocks: BoundedQueue<ByteBlock>, into scratch: ScratchDatabase, _ cancellation: Cancellation
    ) throws -> VerificationReport.Difference? {
        do {
            try scratch.importAll(from: blocks, cancellation)
            return nil
        } catch let error as SQLiteError where !error.isInterrupted {
            guard error.isAboutTheText else { throw ScratchFailure.explain(error, scratch.path) }
            if error.isConstraint, let failure = scratch.standInFailure(error, manifest) { throw failure }
            // The stages before it have to come to their end.
            while try blocks.receive() != nil { try cancellation.check() }
            return .init("SQLite refuses what the dump says: \(error)")
        }
    }
}

/// Bytes of an object, and which part of the text in them is wanted.
struct DumpSource: Sendable {
    let object: Manifest.StoredObject
    /// nil means the whole object.
    let range: Range<Int64>?
    let wanted: [Manifest.ByteRange]?
    /// Where the first byte's text stands in the uncompressed dump.
    let startOffset: Int64
}
