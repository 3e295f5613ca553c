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
        /// Of the stored bytes from those that were written.
        var differences: [VerificationReport.Difference] = []
        /// Of seek tables from the frames, which keep nobody from importing all of them.
        var seekTableDifferences: [VerificationReport.Difference] = []
        /// Why SQLite refused the text of bytes that do not differ.
        var refusal: SQLiteError?
        var bytesChecked: Int64 = 0
        /// Of those that were fetched whole.
        var objects: [VerificationReport.ObjectResult] = []
    }

    let dump: OpenedDump
    let progress: RunProgress?
    /// A verification leaves the machine to others; who restores waits for it.
    var priority = DedicatedThread.Priority.normal

    var manifest: Manifest { dump.manifest }

    /// Imports all of it, comparing every byte with the manifest.
    func run(into scratch: ScratchDatabase, cancellation: Cancellation) async throws -> Result {
        let script = try manifest.dumpHoldsSchema ? nil : SchemaScript(of: manifest)
        var opening = script?.head ?? []
        var closing = script?.tail ?? []
        if !manifest.options.format.canHoldSchema {
            opening += DumpHead.ofRowsAlone.text.utf8
            closing = Array(DumpHead.tailOfRowsAlone.utf8) + closing
        }
        return try await run(sources(of: nil), opening: opening, closing: closing, into: scratch, cancellation)
    }

    /// Imports only the tables of `selection`, fetching no more than their frames.
    func run(
        _ selection: TableSelection, into scratch: ScratchDatabase, cancellation: Cancellation
    ) async throws -> Result {
        let script = try manifest.dumpHoldsSchema ? nil : SchemaScript(of: manifest, tables: selection.names)
        // The head's frame may hold megabytes of another table's rows. The transaction that it opens ends with the import.
        let opening = (script?.head ?? []) + Array(DumpHead(of: manifest).text.utf8)
        return try await run(
            sources(of: selection), opening: opening, closing: script?.tail ?? [], into: scratch, cancellation)
    }

    /// What has to be fetched of the dump.
    /// - Parameter selection: nil for all of it.
    func sources(of selection: TableSelection?) async throws -> [DumpSource] {
        let format = manifest.options.format
        guard let selection else {
            return manifest.objects.enumerated().map { index, object in
                DumpSource(
                    object: object, range: nil, wanted: nil, startOffset: 0,
                    content: format.hasObjectPerTable
                        ? .rows(ofTable: index) : format == .json ? .document : .statements)
            }
        }
        let finder = FrameFinder(dump: dump)
        if format.canHoldSchema, let object = manifest.objects.first {
            return try await finder.sources(of: selection.records.map(\.range), in: object, content: .statements)
        }
        var sources: [DumpSource] = []
        for record in selection.records {
            guard let index = manifest.tables.firstIndex(of: record) else { continue }
            sources += try await finder.sources(
                of: [record.range], in: manifest.object(of: record), content: .rows(ofTable: index))
        }
        return sources
    }

    private enum StageResult: Sendable {
        case fetched
        case decoded(Decoded)
        case imported(Refusal?)
    }

    /// Why what the dump says could not be imported.
    private enum Refusal: Sendable {
        case sqlite(SQLiteError)
        case text(String)
    }

    private struct Decoded: Sendable {
        var differences: [VerificationReport.Difference] = []
        var seekTableDifferences: [VerificationReport.Difference] = []
        var objects: [VerificationReport.ObjectResult] = []
        var bytes: Int64 = 0
    }

    private enum Piece: Sendable {
        case begin(DumpSource)
        case bytes([UInt8])
        case end
    }

    /// - Parameters:
    ///   - opening: Statements that are missing before what is fetched; may be none.
    ///   - closing: The same behind it.
    private func run(
        _ sources: [DumpSource], opening: [UInt8], closing: [UInt8], into scratch: ScratchDatabase,
        _ cancellation: Cancellation
    ) async throws -> Result {
        progress?.set(done: 0, of: sources.reduce(0) { $0 + $1.size })
        let fetched = BoundedQueue<Piece>(capacity: 4)
        let blocks = BoundedQueue<ImportBlock>(capacity: 1)
        let stop: @Sendable (any Error) -> Void = { error in
            fetched.fail(error)
            blocks.fail(error)
        }
        return try await withThrowingTaskGroup(of: StageResult.self) { group in
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
                try await DedicatedThread.run(cancellation: cancellation, priority: priority) {
                    try cancellation.withHandler({ stop(CancellationError()) }) {
                        do {
                            return try decode(fetched, opening, closing, to: blocks)
                        } catch {
                            stop(error)
                            throw error
                        }
                    }
                }
            }
            group.addTask {
                try await DedicatedThread.run(cancellation: cancellation, priority: priority) {
                    do {
                        return .imported(try importing(blocks, into: scratch, cancellation))
                    } catch {
                        stop(error)
                        throw error
                    }
                }
            }
            var result = Result()
            // Why rows were refused before SQLite saw them.
            var complaint: String?
            for try await stage in group {
                switch stage {
                case .fetched: break
                case .decoded(let decoded):
                    result.differences = decoded.differences
                    result.seekTableDifferences = decoded.seekTableDifferences
                    result.bytesChecked = decoded.bytes
                    result.objects = decoded.objects
                case .imported(.sqlite(let error)): result.refusal = error
                case .imported(.text(let words)): complaint = words
                case .imported(nil): break
                }
            }
            // Damaged bytes make statements that SQLite refuses; the bytes are the cause then.
            if !result.differences.isEmpty {
                result.refusal = nil
            } else if let complaint {
                result.differences.append(.init(complaint))
            }
            return result
        }
    }

    // MARK: Stages

    private func fetch(_ sources: [DumpSource], to queue: BoundedQueue<Piece>) async throws {
        for source in sources {
            try await queue.put(.begin(source))
            let reader: ObjectReader
            do {
                // Ranges are those of what was encrypted; all of it is compared as it is stored.
                let place = source.range == nil ? dump.stored : dump.source
                reader = try await place.get(source.object.key, range: source.range)
            } catch let error as StoreError where error.code == .missing {
                try await queue.put(.end)
                continue
            }
            for try await chunk in reader { try await queue.put(.bytes(chunk)) }
            try await queue.put(.end)
        }
        queue.finish()
    }

    private func decode(
        _ queue: BoundedQueue<Piece>, _ opening: [UInt8], _ closing: [UInt8], to blocks: BoundedQueue<ImportBlock>
    ) throws -> StageResult {
        if !opening.isEmpty { try blocks.send(.statements(Self.block(opening))) }
        var decoded = Decoded()
        while case .begin(let source)? = try queue.receive() {
            var checker = source.range == nil ? PartChecker(source.object) : nil
            let content = source.content
            var decoder: DumpDecoder? = try DumpDecoder(
                compression: manifest.options.compression, cut: content.cut(manifest.options.format),
                wanted: source.wanted, startOffset: source.startOffset
            ) { try blocks.send(content.isStatements ? .statements($0) : .rows($0, content)) }
            var decryptor = try source.range == nil ? ObjectDecryptor(source.object, dump.opening) : nil
            var failure: String?
            var received: Int64 = 0
            func decoding(_ work: (_ decoder: DumpDecoder) throws -> Void) throws {
                guard let open = decoder else { return }
                do {
                    try work(open)
                } catch  where error is ZstdError || error is ZlibError {
                    failure = "cannot be decompressed: \(error)"
                    decoder = nil
                } catch let error as DamagedBytes {
                    failure = error.reason
                    decoder = nil
                }
            }
            while case .bytes(let chunk)? = try queue.receive() {
                received += Int64(chunk.count)
                progress?.add(done: Int64(chunk.count))
                try chunk.withUnsafeBytes { stored in
                    checker?.append(stored)
                    try decoding { decoder in
                        if decryptor == nil { try decoder.append(stored) }
                        try decryptor?.append(stored) { try decoder.append($0) }
                    }
                }
            }
            try decoding { decoder in try decryptor?.finish { try decoder.append($0) } }
            if let decoder, try !decoder.finish() {
                failure = "cannot be decompressed: it ends in the middle of a frame"
            }
            checker?.finish()
            let found =
                received == 0 && source.object.size > 0
                ? [.init(object: source.object.key, "the object is missing or empty")] : checker?.differences ?? []
            decoded.differences += found
            if let failure, found.isEmpty {
                decoded.differences.append(.init(object: source.object.key, failure))
            }
            if source.range == nil, failure == nil, found.isEmpty, let words = decoder?.seekTableComplaint {
                // Without the object: right bytes, which a checksum finds, take this back no more than a wrong row.
                decoded.seekTableDifferences.append(.init("\(words), in \(source.object.key)"))
            }
            // Where bytes are damaged or missing, the reader is not asked whether its rows are complete.
            if !content.isStatements, failure == nil, found.isEmpty { try blocks.send(.endOfRows(content)) }
            if let checker { decoded.objects.append(checker.result) }
            decoded.bytes += received
        }
        if !closing.isEmpty, decoded.differences.isEmpty { try blocks.send(.statements(Self.block(closing))) }
        blocks.finish()
        return .decoded(decoded)
    }

    /// Statements as SQLite takes them, followed by a NUL.
    private static func block(_ statements: [UInt8]) -> ByteBlock {
        let block = ByteBlock(capacity: statements.count + 1)
        block.append(statements)
        block.append(0)
        return block
    }

    /// - Returns: Why the text was refused, or nil.
    private func importing(
        _ blocks: BoundedQueue<ImportBlock>, into scratch: ScratchDatabase, _ cancellation: Cancellation
    ) throws -> Refusal? {
        do {
            try scratch.importAll(from: blocks, of: manifest, cancellation)
            return nil
        } catch let error as SQLiteError where !error.isInterrupted {
            guard error.isAboutTheText else { throw ScratchFailure.explain(error, scratch) }
            try drain(blocks, cancellation)
            return .sqlite(error)
        } catch let error as RowImport.Complaint {
            try drain(blocks, cancellation)
            return .text(error.message)
        }
    }

    /// The stages before it have to come to their end.
    private func drain(_ blocks: BoundedQueue<ImportBlock>, _ cancellation: Cancellation) throws {
        while try blocks.receive() != nil { try cancellation.check() }
    }
}

/// A piece of a dump on its way into the scratch database.
enum ImportBlock: Sendable {
    /// Whole statements, followed by a NUL.
    case statements(ByteBlock)
    /// Whole rows.
    case rows(ByteBlock, DumpSource.Content)
    /// A source of rows has ended.
    case endOfRows(DumpSource.Content)
}

/// Bytes of an object, and which part of the text in them is wanted.
struct DumpSource: Sendable {
    /// What the text is.
    enum Content: Sendable {
        case statements
        /// Those of one of the manifest's tables, counted from 0.
        case rows(ofTable: Int)
        /// A document of all tables.
        case document

        var isStatements: Bool { if case .statements = self { true } else { false } }

        /// Where it may be cut.
        func cut(_ format: DumpFormat) -> DumpDecoder.Cut {
            isStatements ? .statements(StatementSplitter()) : .rows(RowSplitter(format == .csv ? .csv : .lines))
        }
    }

    let object: Manifest.StoredObject
    /// nil means the whole object.
    let range: Range<Int64>?
    let wanted: [Manifest.ByteRange]?
    /// Where the first byte's text stands in the object's uncompressed bytes.
    let startOffset: Int64
    let content: Content

    /// Bytes to fetch.
    var size: Int64 { range.map { Int64($0.count) } ?? object.size }
}
