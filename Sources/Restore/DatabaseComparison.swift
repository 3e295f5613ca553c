import Dump
import Model
import Pipeline
import SQLite

/// Compares a restored database with what the manifest says of its source.
struct DatabaseComparison {
    let manifest: Manifest
    /// The tables that were restored; nil means the whole backup.
    let tables: Set<SQLText>?
    /// Whether functions or collations of the application's were replaced: what they give then may be NULL, and need not
    /// be unique any more.
    let hasStandIns: Bool

    /// Of what SQLite finds wrong no more is kept.
    private static let linesShown = 100

    struct Findings: Sendable {
        var tables: [VerificationReport.TableResult] = []
        var differences: [VerificationReport.Difference] = []
        var integrityCheck: [String] = []
        var foreignKeyViolations: Int64 = 0
        var notes: [String] = []
    }

    func run(_ database: Database, cancellation: Cancellation) throws -> Findings {
        var findings = Findings()
        let interrupter = database.interrupter
        try cancellation.withHandler({ interrupter.interrupt() }) {
            let schema = try Schema(reading: database)
            try compareTables(database, schema, &findings, cancellation)
            compareSchema(schema, &findings)
            try compareSettings(database, &findings)
            try checkIntegrity(database, schema, &findings)
            try checkForeignKeys(database, &findings)
        }
        return findings
    }

    // MARK: Rows

    private func compareTables(
        _ database: Database, _ schema: Schema, _ findings: inout Findings, _ cancellation: Cancellation
    ) throws {
        var found: [SQLText: TableLayout] = [:]
        for layout in schema.tables { found[layout.name] = layout }
        for expected in manifest.tables where tables?.contains(expected.name.folded) ?? true {
            // Of a few tables the sequences are only a part.
            if tables != nil && expected.name.folded == "sqlite_sequence" { continue }
            guard let layout = found.removeValue(forKey: expected.name) else {
                findings.differences.append(.init(table: expected.name, "the table \(expected.name) is missing"))
                continue
            }
            let (rows, digest) = try Self.digest(of: layout, in: database, cancellation)
            let result = VerificationReport.TableResult(
                name: expected.name, rowsExpected: expected.rows, rowsFound: rows,
                digestExpected: expected.expectedDigest, digestFound: digest)
            findings.tables.append(result)
            if !result.matches { findings.differences.append(Self.difference(result)) }
            if let generated = expected.generatedDigest, result.matches,
                generated != (try GeneratedDigest.compute(of: layout, in: database, cancellation))
            {
                findings.notes.append(Self.recomputation(layout))
            }
            if expected.changedRows > 0 && result.matches {
                findings.notes.append(
                    "\(expected.name): \(CountText.format(expected.changedRows, "row")) had values at odds with their "
                        + "column's type in the source; the import converted them, as the manifest says.")
            }
        }
        for name in found.keys where tables == nil {
            findings.differences.append(.init(table: name, "the table \(name) is not in the manifest"))
        }
    }

    private static func difference(_ result: VerificationReport.TableResult) -> VerificationReport.Difference {
        let rows = result.rowsFound - result.rowsExpected
        let message =
            rows == 0
            ? "the content of \(result.name) differs: digest \(result.digestFound) instead of \(result.digestExpected)"
            : "\(result.name) has \(CountText.format(result.rowsFound, "row")) instead of "
                + CountText.format(result.rowsExpected)
        return .init(table: result.name, message)
    }

    private static func recomputation(_ layout: TableLayout) -> String {
        let names = layout.storedGenerated.map(\.description).joined(separator: ", ")
        func quoted(_ name: SQLText) -> String { String(decoding: name.quoted, as: UTF8.self) }
        let columns = layout.columns.map { "\(quoted($0.name)) = \(quoted($0.name))" }.joined(separator: ", ")
        // Indexes have to be right before; and what a column's own ON CONFLICT would take has to stay.
        return "\(layout.name): the stored generated columns \(names) came out otherwise than in the source, since an "
            + "import computes them anew, with SQLite's own functions and collations, or leaves them NULL. "
            + "In the application, run: "
            + "REINDEX; UPDATE OR ABORT \(quoted(layout.name)) SET \(columns); (triggers of the table fire)"
    }

    static func digest(
        of layout: TableLayout, in database: Database, _ cancellation: Cancellation
    ) throws -> (rows: Int64, digest: TableDigest) {
        let reader = try TableReader(layout, in: database)
        var digester = RowDigester()
        var digest = TableDigest()
        var rows: Int64 = 0
        let values = UnsafeMutableBufferPointer<Statement.Glance>.allocate(capacity: reader.width)
        values.initialize(repeating: .null)
        defer { values.deallocate() }
        while try reader.step() {
            digester.begin()
            reader.glance(into: values)
            for value in values { digester.add(value) }
            digest.add(rowHash: digester.finish())
            rows += 1
            if rows & 0xFFF == 0 { try cancellation.check() }
        }
        return (rows, digest)
    }

    // MARK: Schema and settings

    private func compareSchema(_ schema: Schema, _ findings: inout Findings) {
        var found: [Manifest.SchemaObject: Int] = [:]
        for entry in schema.entries { found[entry.object.trimmed, default: 0] += 1 }
        for object in manifest.schema where isRestored(object) {
            if let count = found[object.trimmed], count > 0 {
                found[object.trimmed] = count - 1
            } else {
                let table = object.type == "table" ? object.name : nil
                findings.differences.append(
                    .init(table: table, "the \(object.type) \(object.name) is missing or was defined otherwise"))
            }
        }
        for (object, count) in found where count > 0 && tables == nil {
            findings.differences.append(.init("the \(object.type) \(object.name) is not in the manifest"))
        }
    }

    /// Of a few tables come their own definitions and those of their indexes.
    private func isRestored(_ object: Manifest.SchemaObject) -> Bool {
        guard let tables else { return true }
        return ["table", "index"].contains(object.type) && tables.contains(object.table.folded)
    }

    private func compareSettings(_ database: Database, _ findings: inout Findings) throws {
        guard manifest.source.pageCount > 0 else { return }
        var expected: [(String, String)] = [
            ("page_size", String(manifest.source.pageSize)), ("encoding", manifest.source.encoding),
            ("auto_vacuum", String(manifest.source.autoVacuum)),
        ]
        if tables == nil {
            // These stand at the dump's end.
            expected.append(("user_version", String(manifest.source.userVersion)))
            expected.append(("application_id", String(manifest.source.applicationID)))
        }
        for (name, value) in expected {
            let found = try database.text("PRAGMA \(name)") ?? ""
            if found != value { findings.differences.append(.init("\(name) is \(found) instead of \(value)")) }
        }
    }

    // MARK: SQLite's own checks

    private func checkIntegrity(_ database: Database, _ schema: Schema, _ findings: inout Findings) throws {
        // A hundred violations of the source's own would hide what the check is for.
        try database.execute("PRAGMA ignore_check_constraints=ON")
        // By default it stops at a hundred lines, which findings of the source's own may use up.
        let statement = try database.prepare("PRAGMA integrity_check(2147483647)")
        var counts: [String: Int64] = [:]
        while try statement.step() { counts[String(decoding: statement.utf8(at: 0), as: UTF8.self), default: 0] += 1 }
        let lines = counts.sorted { $0.key < $1.key }.map { line, count in
            (text: count == 1 ? line : "\(line) (\(CountText.format(count)) times)", line: line)
        }
        findings.integrityCheck = lines.prefix(Self.linesShown).map(\.text)
        // The rows are the source's, byte for byte: what they violate, they violate there too. NULLs in a column that is
        // NOT NULL also count as equal to each other, which the import, where they were not, has not let pass otherwise.
        let hasNulls = lines.contains { $0.line.hasPrefix("NULL value in") }
        let generated = try hasStandIns ? Self.generatedColumns(in: database, schema) : []
        for (text, line) in lines where line != "ok" {
            let isNull = line.hasPrefix("NULL value in")
            let isNotUnique = line.hasPrefix("non-unique entry in index")
            if hasStandIns && (isNotUnique || Self.column(valuedIn: line).map { generated.contains($0) } ?? false) {
                // What the stand-ins make of an index or a generated column is told with them.
                continue
            } else if isNull || (hasNulls && isNotUnique) {
                findings.notes.append("integrity_check: \(text) (so it is in the source)")
            } else if findings.differences.count < Self.linesShown {
                findings.differences.append(.init("integrity_check: \(text)"))
            }
        }
    }

    /// `table.column` as integrity_check writes it, of what stands in the wrong type, or as NULL, in one.
    private static func column(valuedIn line: String) -> String? {
        guard let middle = line.firstRange(of: " value in ") else { return nil }
        let kind = line[..<middle.lowerBound]
        guard ["NULL", "NUMERIC", "TEXT"].contains(kind) || kind.hasPrefix("non-") else { return nil }
        return String(line[middle.upperBound...])
    }

    /// `table.column` of all that are generated, without such as might be read as another that is not.
    private static func generatedColumns(in database: Database, _ schema: Schema) throws(SQLiteError) -> Set<String> {
        var generated: Set<String> = []
        var others: Set<String> = []
        for table in schema.tables {
            for column in try database.columnNames(of: table.name) {
                let text = "\(table.name).\(column.name)"
                if column.isGenerated { generated.insert(text) } else { others.insert(text) }
            }
        }
        return generated.subtracting(others)
    }
}

extension Manifest.SchemaObject {
    /// Without the white space at the end of its SQL, which SQLite may or may not keep.
    fileprivate var trimmed: Manifest.SchemaObject {
        var object = self
        let end = sql.bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? 0
        object.sql = SQLText(bytes: Array(sql.bytes[..<end]))
        return object
    }
}
