import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite(
    "A fault of a writer's is found by restoring: digests are of the source's values", .timeLimit(.minutes(30)))
struct WriterFaultTests {
    /// A mistake that writers of SQL make.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The one table of the source whose values show it.
        let table: SQLText
        let fault: PlantedFault

        init(_ description: String, in table: SQLText, _ fault: @escaping PlantedFault) {
            testDescription = description
            self.table = table
            self.fault = fault
        }

        static let all = [
            Mistake("text ends at NUL", in: "texts") { value in
                guard case .text(let bytes) = value, let end = bytes.firstIndex(of: 0) else { return value }
                return .text(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            },
            Mistake("doubles are rounded to fifteen digits", in: "numbers") { value in
                guard case .real(let real) = value, let rounded = Double(String(format: "%.15g", real)) else {
                    return value
                }
                return .real(rounded)
            },
            Mistake("integers go through a double", in: "integers") { value in
                guard case .integer(let integer) = value else { return value }
                return .integer(Int64(exactly: Double(integer)) ?? integer)
            },
            Mistake("blobs become text", in: "blobs") { value in
                guard case .blob(let bytes) = value else { return value }
                return .text(bytes)
            },
            Mistake("empty text becomes NULL", in: "empties") { value in
                guard case .text(let bytes) = value, bytes.isEmpty else { return value }
                return .null
            },
        ]
    }

    /// Each table has one thing that a mistake makes something else of, and nothing else does.
    private static let script = """
        CREATE TABLE texts(a TEXT); INSERT INTO texts VALUES ('plain'), ('cut' || char(0) || 'off');
        CREATE TABLE numbers(a REAL); INSERT INTO numbers VALUES (0.5), (0.1 + 0.2);
        CREATE TABLE integers(a INTEGER); INSERT INTO integers VALUES (7), (9007199254740993);
        CREATE TABLE blobs(a BLOB); INSERT INTO blobs VALUES (X'616263');
        CREATE TABLE empties(a TEXT); INSERT INTO empties VALUES (''), ('full');
        """

    private static func export(
        in path: String, _ compression: Compression, _ fault: PlantedFault?, _ format: DumpFormat = .sql
    ) async throws -> ExportedDump {
        let database = try Database(path: path + "/source.db", access: .create)
        try database.execute(script)
        return try await ExportedDump(of: database.path, in: path, compression) {
            $0.plantedFault = fault
            $0.format = format
        }
    }

    private static func verify(
        _ dump: ExportedDump, _ level: VerificationLevel, in path: String
    ) async throws -> VerificationReport {
        try await Verification(
            store: dump.store, manifest: dump.manifest, level: level, workDirectory: path, tool: "test", progress: nil
        ).run()
    }

    @Test("each in its table, and in no other", arguments: Mistake.all, DumpFormat.allCases)
    func isFound(_ mistake: Mistake, _ format: DumpFormat) async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.export(in: path, .zstd(level: 3), mistake.fault, format)
            let report = try await Self.verify(dump, .restore, in: path)
            #expect(report.outcome == .different)
            #expect(report.differences.map(\.table) == [mistake.table])
            #expect(report.differences.first?.message.contains("the content of \(mistake.table) differs") == true)
            #expect(report.tables.filter { !$0.matches }.map(\.name) == [mistake.table])
            // The bytes are those that were written: a checksum cannot know.
            let checked = try await Self.verify(dump, .checksum, in: path)
            #expect(checked.outcome == .checked)
        }
    }

    @Test("and a writer without faults is proved")
    func control() async throws {
        try await withTemporaryDirectory { path in
            let dump = try await Self.export(in: path, .zstd(level: 3), nil)
            let report = try await Self.verify(dump, .restore, in: path)
            #expect(report.differences.map(\.message) == [])
            #expect(report.outcome == .proved)
        }
    }
}
