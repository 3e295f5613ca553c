import Model
import Testing

@testable import Dump
@testable import Restore

@Suite("A seek table with checksums that fit, and without frames that do", .timeLimit(.minutes(30)))
struct SeekTableCheckTests {
    enum Lie: String, CaseIterable, Sendable {
        case text, stored, fewer, more, missing, twice

        /// What takes the table's place.
        func tail(_ frames: [SeekTable.Frame]) -> [UInt8] {
            var sizes = frames.map { (stored: $0.size, text: $0.dumpSize) }
            switch self {
            case .text:
                sizes[1].text += 1
                sizes[2].text -= 1
            case .stored:
                sizes[1].stored -= 1
                sizes[2].stored += 1
            case .fewer: sizes.removeLast()
            case .more: sizes.append((stored: 1, text: 1))
            case .missing: return []
            case .twice: break
            }
            var table = SeekTable()
            for size in sizes { table.append(compressed: size.stored, decompressed: size.text) }
            return self == .twice ? table.encoded + table.encoded : table.encoded
        }

        var words: String {
            switch self {
            case .text, .stored: "the seek table says of frame 2 that its "
            case .fewer, .more: " frames instead of "
            case .missing: "the seek table is missing"
            case .twice: "the seek table makes no sense"
            }
        }
    }

    private static func verify(
        _ dump: ExportedDump, _ manifest: Manifest, _ level: VerificationLevel, _ path: String
    ) async throws -> VerificationReport {
        try await Verification(
            store: dump.store, manifest: manifest, level: level, workDirectory: path, tool: "test", progress: nil
        ).run()
    }

    /// The manifest of somebody who has mended what it says of the object's bytes.
    private static func mended(_ dump: ExportedDump, _ path: String) async throws -> Manifest {
        var manifest = dump.manifest
        let size = Int64(try dump.stored.count)
        manifest.objects[0].size = size
        manifest.objects[0].parts = [.init(number: 1, size: size, sha256: "", etag: nil)]
        let report = try await verify(dump, manifest, .checksum, path)
        let part = try #require(report.objects?.first?.partsDifferent.first)
        manifest.objects[0].parts = [.init(number: 1, size: size, sha256: part.sha256Found, etag: nil)]
        return manifest
    }

    @Test("is found by restoring, which names the frame and compares the rows all the same", arguments: Lie.allCases)
    func isFound(_ lie: Lie) async throws {
        try await DamageMatrixTests.withDump(.zstd(level: 3)) { dump, path in
            let frames = try dump.frames
            try #require(frames.count > 3)
            let data = try dump.stored.prefix(Int(frames.reduce(0) { $0 + $1.size }))
            try dump.replace(Array(data) + lie.tail(frames))
            let manifest = try await Self.mended(dump, path)
            let checked = try await Self.verify(dump, manifest, .checksum, path)
            #expect(checked.outcome == .checked)
            let report = try await Self.verify(dump, manifest, .restore, path)
            #expect(report.outcome == .different)
            #expect(report.differences.count == 1, "\(report.differences)")
            let message = try #require(report.differences.first).message
            #expect(message.contains(lie.words), "\(message)")
            #expect(message.contains(dump.object.key), "\(message)")
            #expect(report.tables.map(\.matches) == [true])
        }
    }
}
