import Dump
import Model
import Pipeline
import SQLite

/// Compares a restored database with what the manifest says of its source.
struct DatabaseComparison {
    let manifest: Manifest
    /// The tables that were restored; nil means the whole backup.
    let tables: Set<SQLText>?
    /// Folded names of the application's functions and collations that were replaced: what they give then may be NULL,
    /// and need not be unique any more.
    let standIns: Set<SQLText>
    /// Functions of SQLite's own that were replaced, too.
    let replaced: SchemaFunctions?

    var hasStandIns: Bool { !standIns.isEmpty || replaced != nil }

    struct Findings: Sendable {
        var tables: [VerificationReport.TableResult] = []
        var differences: [VerificationReport.Difference] = []
        var integrityCheck: [String] = []
        var schemaObjects: VerificationReport.SchemaResult?
        var foreignKeyViolations: Int64 = 0
        /// Those of which nobody can tell here whether the source has them.
        var foreignKeyViolationsUntold: Int64 = 0
        var notes: [String] = []
        /// A difference that may be due to functions that SQLite has otherwise than the application.
        var suspicion: SQLiteError?
    }

    /// Reads all rows, then looks their parents up, while SQLite looks through the file for itself: each is half of the work, and
    /// connections that read do not meet.
    ///
    /// - Parameter open: Opens a connection; called twice.
    func run(_ open: @escaping @Sendable () throws -> Database, cancellation: Cancellation) throws -> Findings {
        let check = SideWork {
            try examine(open(), cancellation) { database, schema in
                var findings = Findings()
                try checkIntegrity(database, schema, &findings)
                return findings
            }
        }
        // In any case until both are done: whoever called may remove the file then.
        let rows = Result {
            try examine(open(), cancellation) { database, schema in
                var (content, keys) = (Findings(), Findings())
                try compareContent(database, schema, &content, cancellation)
                try checkForeignKeys(database, schema, &keys)
                return (content, keys)
            }
        }
        let checked = Result { try check.value() }
        var (findings, keys) = try rows.get()
        try findings.add(checked.get())
        findings.add(keys)
        return findings
    }

    private func examine<Found>(
        _ database: Database, _ cancellation: Cancellation, _ body: (Database, Schema) throws -> Found
    ) throws -> Found {
        let interrupter = database.interrupter
        let found = try cancellation.withHandler({ interrupter.interrupt() }) {
            try body(database, Schema(reading: database))
        }
        // Between two statements there is nothing that could be interrupted.
        try cancellation.check()
        return found
    }

    private func compareContent(
        _ database: Database, _ schema: Schema, _ findings: inout Findings, _ cancellation: Cancellation
    ) throws {
        try compareTables(database, schema, &findings, cancellation)
        compareSchema(schema, &findings)
        try compareSettings(database, &findings)
    }

    // MARK: Rows

    private func compareTables(
        _ database: Database, _ schema: Schema, _ findings: inout Findings, _ cancellation: Cancellation
    ) throws {
        let pause: () throws -> Void = { try cancellation.check() }
        var found: [SQLText: (layout: TableLayout, object: Manifest.SchemaObject)] = [:]
        for entry in schema.entries {
            if case .table(let layout) = entry.kind { found[layout.name] = (layout, entry.object) }
        }
        for expected in manifest.tables where tables?.contains(expected.name.folded) ?? true {
            // Of a few tables the sequences are only a part.
            if tables != nil && expected.name.folded == "sqlite_sequence" { continue }
            guard let (layout, object) = found.removeValue(forKey: expected.name) else {
                findings.differences.append(.init(table: expected.name, "the table \(expected.name) is missing"))
                continue
            }
            let (rows, digest) = try RowsDigest.compute(of: expected.read(layout), in: database) { _ in try pause() }
            let result = VerificationReport.TableResult(
                name: expected.name, rowsExpected: expected.rows, rowsFound: rows,
                digestExpected: expected.expectedDigest, digestFound: digest)
            findings.tables.append(result)
            if !result.matches { findings.differences.append(Self.difference(result)) }
            if let generated = expected.generatedDigest, result.matches,
                generated != (try GeneratedDigest.compute(of: layout, in: database, pausing: pause))
            {
                findings.notes.append(Self.recomputation(layout, object))
            }
            if replaced == nil, result.matches,
                let values = StoredValues(of: layout, object, without: standIns),
                try values.differ(in: database, pausing: pause)
            {
                findings.notes.append(Self.note(of: layout.name, values))
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
            ? "the content of \(result.name) differs, at least one of its \(CountText.format(result.rowsFound, "row")): "
                + "digest \(result.digestFound) instead of \(result.digestExpected)"
            : "\(result.name) has \(CountText.format(result.rowsFound, "row")) instead of "
                + CountText.format(result.rowsExpected)
        return .init(table: result.name, message)
    }

    // MARK: Schema and settings

    private func compareSchema(_ schema: Schema, _ findings: inout Findings) {
        var found: [Manifest.SchemaObject: Int] = [:]
        let entries = schema.entries.map(\.object).filter { isRestored($0) }
        for object in entries { found[object.trimmed, default: 0] += 1 }
        var result = VerificationReport.SchemaResult(expected: 0, found: entries.count, equal: 0)
        for object in manifest.schema where isRestored(object) {
            result.expected += 1
            if let count = found[object.trimmed], count > 0 {
                found[object.trimmed] = count - 1
                result.equal += 1
            } else {
                let table = object.type == "table" ? object.name : nil
                findings.differences.append(
                    .init(table: table, "the \(object.type) \(object.name) is missing or was defined otherwise"))
            }
        }
        for (object, count) in found where count > 0 && tables == nil {
            findings.differences.append(.init("the \(object.type) \(object.name) is not in the manifest"))
        }
        findings.schemaObjects = result
    }

    /// Of a few tables come their own definitions and those of their indexes.
    private func isRestored(_ object: Manifest.SchemaObject) -> Bool {
        guard let tables else { return true }
        return ["table", "index"].contains(object.type) && tables.contains(object.table.folded)
    }

    private func compareSettings(_ database: Database, _ findings: inout Findings) throws {
        guard manifest.source.pageCount > 0 else { return }
        let source = manifest.source
        for (name, value) in source.headSettings + (tables == nil ? source.tailSettings : []) {
            let found = try database.text("PRAGMA \(name)") ?? ""
            if found != value { findings.differences.append(.init("\(name) is \(found) instead of \(value)")) }
        }
    }
}

extension DatabaseComparison.Findings {
    /// Adds what another look at the same database has found.
    fileprivate mutating func add(_ checked: Self) {
        let room = max(DatabaseComparison.linesShown - differences.count, 0)
        differences += checked.differences.prefix(room)
        integrityCheck += checked.integrityCheck
        foreignKeyViolations += checked.foreignKeyViolations
        foreignKeyViolationsUntold += checked.foreignKeyViolationsUntold
        notes += checked.notes
        suspicion = suspicion ?? checked.suspicion
    }
}

extension Manifest.TableRecord {
    /// The table as its digest was taken: some dumps do not carry the rowid.
    func read(_ layout: TableLayout) -> TableLayout { carriesRowid ? layout : layout.withoutRowid }
}

extension Manifest.SchemaObject {
    /// Without the white space at the end of its SQL, which SQLite may or may not keep.
    var trimmed: Manifest.SchemaObject {
        var object = self
        let end = sql.bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? 0
        object.sql = SQLText(bytes: Array(sql.bytes[..<end]))
        return object
    }
}
